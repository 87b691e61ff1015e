import type { PartnerSettings, PartnerSettingsUpdate } from "../generated/schema.ts";
import { canonicalJson } from "../wrapper/digest.ts";
import { InvalidRequestError, OutcomeUnknownError } from "../wrapper/errors.ts";
import { isRecord } from "../wrapper/is-record.ts";
import { type Result, unwrap } from "../wrapper/result.ts";
import { systemTiming, type Timing } from "../wrapper/timing.ts";

/** The calls of the client that {@link updatePartnerSettings} makes. */
export interface SettingsClient {
  /** Reads the settings. */
  GET(path: "/partners/settings", init: { readonly signal?: AbortSignal }): Promise<Result<PartnerSettings>>;
  /** Changes those that are given. */
  PATCH(
    path: "/partners/settings",
    init: { readonly body: PartnerSettingsUpdate; readonly signal?: AbortSignal },
  ): Promise<Result<PartnerSettings>>;
}

/** The options of {@link updatePartnerSettings}. */
export interface UpdatePartnerSettingsOptions {
  /**
   * Ends the update. One that may have been sent by then has an unknown outcome.
   * @default none
   */
  signal?: AbortSignal | undefined;
}

/** What became of an update. */
export interface UpdatePartnerSettingsResult {
  /**
   * - `updated`: every field is as it was sent, by the response or as it was read afterwards.
   * - `unknown`: a field is different in both, or could not be read. The update may still be carried out. Send it again: it
   *   sets the same values.
   */
  readonly outcome: "updated" | "unknown";
  /** The settings as they were read last; absent where they could not be. */
  readonly settings?: PartnerSettings;
  /** Why the response does not tell; absent where one came that says something else. */
  readonly error?: unknown;
}

/**
 * Changes partner settings, and says whether they are changed. When the response is lost it reads them: where each field
 * that was sent is as it was sent, the update has done its work. Where one isn't, that proves nothing, since the update
 * may still be on its way.
 *
 * @param client The client to send with.
 * @param body The fields to change. Only these are compared.
 * @param options How to end it.
 * @returns What the settings are now.
 * @throws {InvalidRequestError} when the body is no object.
 * @throws {FulfillmentError} of any other class when nothing was changed, such as {@link ValidationError}.
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, updatePartnerSettings } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * const { outcome } = await updatePartnerSettings(client, { webhookUrl: "https://shop.example/webhooks" });
 * console.log(outcome);
 * ```
 */
export async function updatePartnerSettings(
  client: SettingsClient,
  body: PartnerSettingsUpdate,
  options: UpdatePartnerSettingsOptions = {},
): Promise<UpdatePartnerSettingsResult> {
  return updatePartnerSettingsWith(client, body, options, systemTiming);
}

/** How long to wait before each read of settings that are not seen to be changed yet, in milliseconds. */
const readDelaysMs = [0, 500, 2_000];

/** The same with a clock of the caller's, for tests. */
export async function updatePartnerSettingsWith(
  client: SettingsClient,
  body: PartnerSettingsUpdate,
  { signal }: UpdatePartnerSettingsOptions,
  timing: Timing,
): Promise<UpdatePartnerSettingsResult> {
  const limits = signal && { signal };
  const sent = copyOf(body);
  let error: OutcomeUnknownError | undefined;
  let settings: PartnerSettings | undefined;
  try {
    settings = unwrap(await client.PATCH("/partners/settings", { body: sent, ...limits }));
    if (holds(settings, sent)) return { outcome: "updated", settings };
  } catch (failure) {
    if (!(failure instanceof OutcomeUnknownError)) throw failure;
    error = failure;
  }
  for (const delayMs of readDelaysMs) {
    try {
      if (delayMs > 0) await timing.sleep(delayMs, signal);
      settings = unwrap(await client.GET("/partners/settings", { ...limits }));
    } catch {
      // The lost response says more than why it can't be read.
      continue;
    }
    if (holds(settings, sent)) return { outcome: "updated", settings };
  }
  return { outcome: "unknown", ...(settings && { settings }), ...(error && { error }) };
}

/** A copy, so that what is compared is what was sent. */
function copyOf(body: PartnerSettingsUpdate): PartnerSettingsUpdate {
  if (isRecord(body)) return structuredClone(body);
  throw new InvalidRequestError("The settings to change must be an object. Nothing was sent.");
}

/** Whether each of the fields is as it was sent. */
function holds(settings: PartnerSettings, sent: PartnerSettingsUpdate): boolean {
  const now: unknown = settings;
  if (!isRecord(now)) return false;
  return Object.entries(sent).every(
    ([name, value]) => value === undefined || canonicalJson(now[name]) === canonicalJson(value),
  );
}

import type { PartnerSettings, PartnerSettingsUpdate } from "../generated/schema.ts";
import { checkNames } from "../wrapper/check-names.ts";
import { checkSignal } from "../wrapper/check-signal.ts";
import { canonicalJson } from "../wrapper/digest.ts";
import { InvalidRequestError, OutcomeUnknownError } from "../wrapper/errors.ts";
import { isRecord } from "../wrapper/is-record.ts";
import { type Result, unwrap } from "../wrapper/result.ts";
import { systemTiming, type Timing } from "../wrapper/timing.ts";

/**
 * The client methods that {@link updatePartnerSettings} uses.
 *
 * @example
 * ```ts
 * import { type SettingsClient, updatePartnerSettings } from "juniper-fulfillment";
 *
 * const setPhone = (client: SettingsClient, phone: string) => updatePartnerSettings(client, { phone });
 * ```
 */
export interface SettingsClient {
  /** Reads the settings. */
  GET(path: "/partners/settings", init: { readonly signal?: AbortSignal }): Promise<Result<PartnerSettings>>;
  /** Changes the given settings. */
  PATCH(
    path: "/partners/settings",
    init: { readonly body: PartnerSettingsUpdate; readonly signal?: AbortSignal },
  ): Promise<Result<PartnerSettings>>;
}

/**
 * The options of {@link updatePartnerSettings}.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, updatePartnerSettings } from "juniper-fulfillment";
 * import type { UpdatePartnerSettingsOptions } from "juniper-fulfillment";
 *
 * const options: UpdatePartnerSettingsOptions = { signal: AbortSignal.timeout(10_000) };
 * await updatePartnerSettings(createFulfillmentClient(fromEnv()), { phone: "5550100" }, options);
 * ```
 */
export interface UpdatePartnerSettingsOptions {
  /**
   * Aborts the update. If it may have been sent by then, its outcome is unknown.
   * @default none
   */
  signal?: AbortSignal | undefined;
}

/**
 * The result of an update.
 *
 * @example
 * ```ts
 * import type { UpdatePartnerSettingsResult } from "juniper-fulfillment";
 *
 * const mustSendAgain = ({ outcome }: UpdatePartnerSettingsResult): boolean => outcome === "unknown";
 * console.log(mustSendAgain({ outcome: "updated" }));
 * ```
 */
export interface UpdatePartnerSettingsResult {
  /**
   * - `updated`: every field has the value that was sent, in the response or when read afterwards.
   * - `unknown`: a field had another value each time, or could not be read. The update may still be carried out. It is
   *   safe to send again, since it sets the same values.
   */
  readonly outcome: "updated" | "unknown";
  /** The settings as they were last read; absent when they could not be read. */
  readonly settings?: PartnerSettings;
  /** Why there was no usable response; absent when one arrived with other values. */
  readonly error?: unknown;
}

/**
 * Updates partner settings, and says whether they are updated. When the response is lost it reads the settings: if every
 * field has the value that was sent, the update has worked. If one hasn't, that proves nothing, since the update may
 * still be on its way.
 *
 * @param client The client to send with.
 * @param body The fields to change. Only these are compared.
 * @param options A signal to abort it.
 * @returns Whether the settings are updated, and the settings as they were last read.
 * @throws {InvalidRequestError} when the body is not an object, or `signal` no AbortSignal.
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
  checkNames<UpdatePartnerSettingsOptions>("updatePartnerSettings", options, { signal: true });
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
  checkSignal(signal);
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

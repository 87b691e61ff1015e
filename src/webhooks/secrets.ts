import { ConfigurationError } from "../wrapper/errors.ts";
import type { Timing } from "../wrapper/timing.ts";
import { checkSecret } from "./signature.ts";

/**
 * The secret that deliveries are signed with; several during a rotation; or a function that fetches it. What the
 * function returns is kept, and it is asked again when a delivery matches none of it, so that a rotation needs no
 * restart. Pass the same function each time: what it returned is kept for as long as it exists.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, unwrap, type WebhookSecret } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * export const secret: WebhookSecret = async () =>
 *   unwrap(await client.GET("/partners/settings/webhook-secret")).webhookSecret ?? "";
 * ```
 */
export type WebhookSecret =
  | string
  | readonly string[]
  | (() => string | readonly string[] | Promise<string | readonly string[]>);

type SecretFunction = Extract<WebhookSecret, (...args: never[]) => unknown>;

/** Where a delivery's secrets come from. */
export interface Secrets {
  /** Those that are known. */
  get(): Promise<readonly string[]>;
  /** Others than those tried, if there are any and if it may ask. */
  renew(tried: readonly string[]): Promise<readonly string[] | undefined>;
}

/** Forged deliveries must not turn into as many requests for the secret. */
const minRenewalIntervalMs = 10_000;

const fetched = new WeakMap<SecretFunction, Secrets>();

/** @throws {ConfigurationError} when it can't be a secret. */
export function secretsOf(secret: WebhookSecret, timing: Pick<Timing, "monotonicMs">): Secrets {
  if (typeof secret === "function") {
    const secrets = fetched.get(secret) ?? new FetchedSecrets(secret, timing);
    fetched.set(secret, secrets);
    return secrets;
  }
  const fixed = checkSecrets(secret);
  return { get: async () => fixed, renew: async () => undefined };
}

/** What a function returns: asked for once however many wait, and never kept when it failed. */
class FetchedSecrets implements Secrets {
  readonly #fetch: SecretFunction;
  readonly #timing: Pick<Timing, "monotonicMs">;
  #current: Promise<readonly string[]> | undefined;
  #renewal: Promise<readonly string[] | undefined> | undefined;
  #renewedAtMs = Number.NEGATIVE_INFINITY;

  constructor(fetch: SecretFunction, timing: Pick<Timing, "monotonicMs">) {
    this.#fetch = fetch;
    this.#timing = timing;
  }

  get(): Promise<readonly string[]> {
    this.#current ??= this.#ask().catch((error: unknown) => {
      this.#current = undefined;
      throw error;
    });
    return this.#current;
  }

  async renew(tried: readonly string[]): Promise<readonly string[] | undefined> {
    // Another delivery may have asked since these were read.
    const current = await this.get();
    if (current !== tried) return current;
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  async #renew(): Promise<readonly string[] | undefined> {
    if (this.#timing.monotonicMs() - this.#renewedAtMs < minRenewalIntervalMs) return undefined;
    this.#renewedAtMs = this.#timing.monotonicMs();
    const secrets = await this.#ask();
    this.#current = Promise.resolve(secrets);
    return secrets;
  }

  async #ask(): Promise<readonly string[]> {
    return checkSecrets(await this.#fetch());
  }
}

function checkSecrets(secret: unknown): readonly string[] {
  const secrets: unknown[] = Array.isArray(secret) ? secret : [secret];
  if (secrets.length === 0) throw new ConfigurationError("Give at least one webhook secret.");
  return secrets.map(checkSecret);
}

import { ConfigurationError, WebhookVerificationError } from "../wrapper/errors.ts";
import type { Timing } from "../wrapper/timing.ts";
import { checkSecret } from "./signature.ts";
import { within } from "./within.ts";

/**
 * The secret that deliveries are signed with, several of them during a rotation, or a function that fetches them. The
 * result of the function is cached. It is called again when a delivery matches none of the secrets, so a rotation needs
 * no restart. Pass the same function each time: the cache belongs to it.
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
  /** The known secrets. */
  get(): Promise<readonly string[]>;
  /** Others than those tried, or undefined where there can be none. */
  renew(tried: readonly string[]): Promise<readonly string[] | undefined>;
  /** Tells that a secret has matched. */
  confirm(): void;
}

/** What a function returned, by the function, so that `verifyWebhook` needs no instance. */
const fetched = new WeakMap<SecretFunction, Secrets>();

/** @throws {ConfigurationError} when it can't be a secret. */
export function secretsOf(secret: WebhookSecret, timing: Timing): Secrets {
  if (typeof secret === "function") {
    const secrets = fetched.get(secret) ?? new FetchedSecrets(secret, timing);
    fetched.set(secret, secrets);
    return secrets;
  }
  const fixed = checkSecrets(secret);
  return { get: async () => fixed, renew: async () => undefined, confirm: () => {} };
}

/** A function that hangs is treated as one that fails. */
const timeoutMs = 10_000;
/** How long it takes until one more call is allowed. */
const intervalMs = 10_000;
const maxCalls = 2;

/**
 * What a function returns.
 *
 * - One call at a time, however many deliveries wait for it. A failure is never kept.
 * - Forged deliveries, which match no secret either, must not cause a call each: two calls are allowed at first, and
 *   one more every {@link intervalMs}. A genuine delivery allows two again, once in that time, so that neither a
 *   forged delivery nor a failed call uses up the one that a rotated secret needs.
 * - When no call is allowed, nobody can tell whether the delivery is genuine. It is rejected with `not-checked`, so
 *   that it can come again.
 */
class FetchedSecrets implements Secrets {
  readonly #fetch: SecretFunction;
  readonly #timing: Timing;
  #current: readonly string[] | undefined;
  #call: Promise<readonly string[]> | undefined;
  #callsLeft = maxCalls;
  #countedAtMs: number;
  #confirmedAtMs = Number.NEGATIVE_INFINITY;

  constructor(fetch: SecretFunction, timing: Timing) {
    this.#fetch = fetch;
    this.#timing = timing;
    this.#countedAtMs = timing.monotonicMs();
  }

  async get(): Promise<readonly string[]> {
    return this.#current ?? this.#ask();
  }

  async renew(tried: readonly string[]): Promise<readonly string[]> {
    // Another delivery may have renewed them since these were read.
    return this.#current !== undefined && this.#current !== tried ? this.#current : this.#ask();
  }

  confirm(): void {
    const nowMs = this.#timing.monotonicMs();
    if (nowMs < this.#confirmedAtMs + intervalMs) return;
    this.#confirmedAtMs = nowMs;
    this.#callsLeft = maxCalls;
  }

  #ask(): Promise<readonly string[]> {
    this.#call ??= this.#askOnce().finally(() => {
      this.#call = undefined;
    });
    return this.#call;
  }

  async #askOnce(): Promise<readonly string[]> {
    if (!this.#mayCall()) throw new WebhookVerificationError("not-checked");
    const late = () =>
      new Error(`The function for the webhook secret did not return within ${timeoutMs} ms.`);
    const secret = await within(this.#fetch(), timeoutMs, this.#timing, late);
    this.#current = checkSecrets(secret);
    return this.#current;
  }

  #mayCall(): boolean {
    const nowMs = this.#timing.monotonicMs();
    const earned = Math.floor((nowMs - this.#countedAtMs) / intervalMs);
    this.#countedAtMs += earned * intervalMs;
    this.#callsLeft = Math.min(this.#callsLeft + earned, maxCalls);
    if (this.#callsLeft === 0) return false;
    this.#callsLeft--;
    return true;
  }
}

function checkSecrets(secret: unknown): readonly string[] {
  const secrets: unknown[] = Array.isArray(secret) ? secret : [secret];
  if (secrets.length === 0) throw new ConfigurationError("Give at least one webhook secret.");
  return secrets.map(checkSecret);
}

import { isAccessToken } from "../access-token.ts";
import { type Backoff, backoffMs } from "../backoff.ts";
import { sha256 } from "../digest.ts";
import { parseBody } from "../error-body.ts";
import { AuthenticationError, ConfigurationError } from "../errors.ts";
import { notify } from "../hooks.ts";
import { isRecord } from "../is-record.ts";
import type { TokenStore } from "../store.ts";
import { impatientStore } from "./impatient-store.ts";
import { TokenLease } from "./token-lease.ts";
import { type ClientCredentials, requestToken } from "./token-request.ts";

/**
 * A source of access tokens.
 *
 * @example
 * ```ts
 * import { authMiddleware, type TokenSource } from "juniper-fulfillment";
 *
 * const tokens: TokenSource = { getToken: () => "a-token", invalidate: () => false };
 * const middleware = authMiddleware(tokens);
 * ```
 */
export interface TokenSource {
  /**
   * Returns the token to send now.
   *
   * @returns The token; a promise only when there is something to wait for.
   * @throws {AuthenticationError} when the token endpoint rejects the credentials.
   * @throws {ConnectionError} when the token endpoint can't be reached.
   * @throws {TimeoutError} when it takes too long.
   * @throws {FulfillmentError} of another class when it returns something else than a token.
   */
  getToken(): string | Promise<string>;
  /**
   * Invalidates a token that the API rejected with a 401.
   *
   * @param token The token that was rejected.
   * @returns Whether `getToken` may now return a better one.
   */
  invalidate(token: string): boolean;
}

/** What the client credentials source needs. */
export interface ClientCredentialsOptions extends ClientCredentials {
  readonly tokenStore?: TokenStore | undefined;
}

interface CachedToken {
  readonly token: string;
  readonly lifetimeMs: number;
  readonly obtainedMonotonicMs: number;
  readonly obtainedWallMs: number;
  /** The age at which it is renewed, spread a little so that a fleet does not renew all at once. */
  readonly renewAfterMs: number;
}

const longestLifetimeMs = 24 * 60 * 60_000;
const renewFrom = 0.75;
const renewSpread = 0.1;
const waitFromMs = 30_000;
const waitFrom = 0.1;
const forcedRenewalsPerMinute = 3;
const backoff: Backoff = { baseMs: 500, maxMs: 15_000, fixedShare: 0.5 };
const maxStoreMs = 1_000;
const firstPollMs = 50;
const lastPollMs = 100;

/**
 * Requests access tokens with the client credentials grant (RFC 6749, section 4.4).
 *
 * - One token request is in flight at a time, however many callers wait for it.
 * - From 75 % of a token's life a new one is fetched in the background, while callers go on with the old one.
 *   Only in its last 30 s (or the last tenth of a shorter life) do they wait.
 * - A failure reaches those who wait for it and nobody else. The next request to the token endpoint then waits a
 *   little, more after each failure in a row. Rejected credentials (`invalid_client`) are neither retried nor delayed.
 * - A token that the API rejects is dropped if it is still the current one, at most three times a minute: a
 *   partner without permission must not request a token with every call.
 * - Age is the greater of what two clocks say, so that neither a clock that is set nor a machine that slept makes
 *   an old token look young.
 * - With a store, a token that another instance put there is used. Store failures are reported
 *   and ignored, and an operation that takes longer than a second is one.
 * - With a store that has `add`, one instance of a fleet requests a token while the others wait for what it stores:
 *   it holds a {@link TokenLease}. A holder that crashed costs 2 s.
 */
export class ClientCredentialsSource implements TokenSource {
  /** How many tokens this source was issued. */
  requestCount = 0;
  readonly #options: ClientCredentialsOptions;
  #current: CachedToken | undefined;
  #inFlight: Promise<string> | undefined;
  #rejected: string | undefined;
  #forcedRenewals: number[] = [];
  #failures = 0;
  #nextTryMonotonicMs = 0;
  #storeKey: Promise<string> | undefined;

  constructor(options: ClientCredentialsOptions) {
    const { tokenStore, limits, timing } = options;
    const storeLimitMs = Math.min(maxStoreMs, limits.timeoutMs);
    this.#options = {
      ...options,
      tokenStore: tokenStore && impatientStore(tokenStore, storeLimitMs, timing),
    };
  }

  getToken(): string | Promise<string> {
    const current = this.#current;
    if (current === undefined) return this.#renew();
    const ageMs = this.#ageMs(current);
    if (current.lifetimeMs - ageMs <= waitTimeMs(current.lifetimeMs)) return this.#renew();
    if (ageMs >= current.renewAfterMs && this.#options.timing.monotonicMs() >= this.#nextTryMonotonicMs) {
      // The old token is still good. Whoever comes in its last seconds waits for this and sees how it ends.
      this.#renew().catch(() => {});
    }
    return current.token;
  }

  invalidate(token: string): boolean {
    if (this.#current !== undefined && this.#current.token !== token) return true;
    // A renewal that is under way is waited for, and costs no other.
    if (this.#inFlight === undefined) {
      const nowMs = this.#options.timing.monotonicMs();
      this.#forcedRenewals = this.#forcedRenewals.filter((timeMs) => nowMs - timeMs < 60_000);
      if (this.#forcedRenewals.length >= forcedRenewalsPerMinute) return false;
      this.#forcedRenewals.push(nowMs);
    }
    this.#current = undefined;
    this.#rejected = token;
    return true;
  }

  #renew(): Promise<string> {
    this.#inFlight ??= this.#obtain().finally(() => {
      this.#inFlight = undefined;
    });
    return this.#inFlight;
  }

  async #obtain(): Promise<string> {
    const { timing } = this.#options;
    const waitMs = this.#nextTryMonotonicMs - timing.monotonicMs();
    if (waitMs > 0) await timing.sleep(waitMs);
    try {
      const cached = (await this.#fromStore()) ?? (await this.#requestWithLease());
      this.#current = cached;
      this.#failures = 0;
      return cached.token;
    } catch (error) {
      if (!(error instanceof AuthenticationError)) {
        const delayMs = backoffMs(backoff, ++this.#failures, () => timing.random());
        this.#nextTryMonotonicMs = timing.monotonicMs() + delayMs;
      }
      throw error;
    }
  }

  /** Requests a token, unless another instance does and its token comes in time. */
  async #requestWithLease(): Promise<CachedToken> {
    const { timing, limits } = this.#options;
    const lease = await this.#lease();
    if (lease === undefined) return this.#request();
    const endMs = timing.monotonicMs() + limits.deadlineMs;
    for (let pollMs = firstPollMs; ; pollMs = Math.min(lastPollMs, 1.5 * pollMs)) {
      // It is ours when the store can't tell.
      const isOurs = await this.#ask(() => lease.take(), true);
      try {
        // Read after the lease was tried: its last holder may have stored a token in between.
        const stored = await this.#fromStore();
        if (stored !== undefined) return stored;
        if (isOurs) return await lease.keepDuring(this.#request());
      } finally {
        if (isOurs) await this.#ask(() => lease.giveBack(), undefined);
      }
      const isWorthWaiting = await this.#ask(() => lease.isHeld(), false);
      if (!isWorthWaiting || timing.monotonicMs() >= endMs) return this.#request();
      await timing.sleep(pollMs * (0.5 + timing.random()));
    }
  }

  /** Where the store can add, a lease that one instance of a fleet has at a time. */
  async #lease(): Promise<TokenLease | undefined> {
    const { tokenStore, timing } = this.#options;
    if (tokenStore?.add === undefined) return undefined;
    return new TokenLease({ ...tokenStore, add: tokenStore.add }, `${await this.#key()}:lease`, timing);
  }

  /** Asks the store. One that fails is reported, and done without. */
  async #ask<Reply>(question: () => Reply | Promise<Reply>, otherwise: Reply): Promise<Reply> {
    try {
      return await question();
    } catch (error) {
      notify(this.#options.hooks.onStoreError, error);
      return otherwise;
    }
  }

  async #request(): Promise<CachedToken> {
    const { token, expiresInSeconds } = await requestToken(this.#options);
    this.requestCount++;
    const lifetimeMs = expiresInSeconds * 1000;
    const cached = this.#cache(token, lifetimeMs);
    await this.#toStore(cached);
    notify(this.#options.hooks.onToken, { requestCount: this.requestCount, expiresInSeconds });
    return cached;
  }

  #cache(token: string, lifetimeMs: number): CachedToken {
    const { timing } = this.#options;
    return {
      token,
      lifetimeMs,
      obtainedMonotonicMs: timing.monotonicMs(),
      obtainedWallMs: timing.wallMs(),
      renewAfterMs: lifetimeMs * (renewFrom + renewSpread * timing.random()),
    };
  }

  #ageMs({ obtainedMonotonicMs, obtainedWallMs }: CachedToken): number {
    const { timing } = this.#options;
    return Math.max(timing.monotonicMs() - obtainedMonotonicMs, timing.wallMs() - obtainedWallMs);
  }

  /** A token that another instance stored, unless it is the one that we have or that the API has just rejected. */
  async #fromStore(): Promise<CachedToken | undefined> {
    const { tokenStore, timing, hooks } = this.#options;
    if (tokenStore === undefined) return undefined;
    const key = await this.#key();
    const value = await this.#ask(() => tokenStore.get(key), undefined);
    try {
      const stored = readStored(value);
      if (stored === undefined) return undefined;
      if (stored.token === this.#rejected) await this.#ask(() => tokenStore.delete(key), undefined);
      if (stored.token === this.#rejected || stored.token === this.#current?.token) return undefined;
      const lifetimeMs = stored.expiresAtMs - timing.wallMs();
      if (lifetimeMs <= waitFromMs || lifetimeMs > longestLifetimeMs) return undefined;
      return this.#cache(stored.token, lifetimeMs);
    } catch (error) {
      notify(hooks.onStoreError, error);
      return undefined;
    }
  }

  async #toStore({ token, lifetimeMs, obtainedWallMs }: CachedToken): Promise<void> {
    const { tokenStore } = this.#options;
    if (tokenStore === undefined || lifetimeMs <= waitFromMs) return;
    const key = await this.#key();
    const value = JSON.stringify({ token, expiresAtMs: obtainedWallMs + lifetimeMs });
    await this.#ask(() => tokenStore.set(key, value, lifetimeMs), undefined);
  }

  /** A hash: a store's keys are shown and logged more freely than its values. */
  #key(): Promise<string> {
    const { tokenUrl, clientId } = this.#options;
    this.#storeKey ??= sha256(JSON.stringify([tokenUrl, clientId])).then(
      (hash) => `juniper-fulfillment:token:${hash}`,
    );
    return this.#storeKey;
  }
}

/** How long before its end a token is no longer handed out. */
function waitTimeMs(lifetimeMs: number): number {
  return Math.min(waitFromMs, lifetimeMs * waitFrom);
}

/** @throws {ConfigurationError} for what isn't ours. It may be a token of somebody else's, so it isn't quoted. */
function readStored(value: unknown): { token: string; expiresAtMs: number } | undefined {
  if (typeof value !== "string") return undefined;
  const stored = parseBody(value);
  const { token, expiresAtMs } = isRecord(stored) ? stored : {};
  if (isAccessToken(token) && Number.isFinite(expiresAtMs))
    return { token, expiresAtMs: expiresAtMs as number };
  throw new ConfigurationError("The tokenStore holds something else.");
}

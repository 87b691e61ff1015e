import { sha256 } from "../digest.ts";
import { AuthenticationError } from "../errors.ts";
import { notify } from "../hooks.ts";
import { checkAccessToken } from "../options.ts";
import type { TokenStore } from "../store.ts";
import type { ClientCredentials } from "./token-request.ts";

/**
 * Where access tokens come from.
 *
 * @example
 * ```ts
 * import { authMiddleware, type TokenSource } from "juniper-fulfillment";
 *
 * const tokens: TokenSource = { getToken: () => "a-token", refuse: () => false };
 * const middleware = authMiddleware(tokens);
 * ```
 */
export interface TokenSource {
  /**
   * Gives the token to send now.
   *
   * @returns The token; a promise only when there is something to wait for.
   * @throws {AuthenticationError} when the token endpoint refuses the credentials.
   * @throws {ConnectionError} when the token endpoint can't be reached.
   * @throws {TimeoutError} when it takes too long.
   */
  getToken(): string | Promise<string>;
  /**
   * Told that the API answered 401 to this token.
   *
   * @param token The token that was refused.
   * @returns Whether `getToken` may now give a better one.
   */
  refuse(token: string): boolean;
}

/** What the client credentials source needs. */
export interface ClientCredentialsOptions extends ClientCredentials {
  readonly tokenStore?: TokenStore | undefined;
}

/** A token that was given, in the two forms that `accessToken` takes. */
export function accessTokenSource(accessToken: string | (() => string | Promise<string>)): TokenSource {
  if (typeof accessToken === "string") return { getToken: () => accessToken, refuse: () => false };
  return { getToken: async () => checkAccessToken(await accessToken()), refuse: () => true };
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
const baseBackoffMs = 500;
const maxBackoffMs = 15_000;
const leaseMs = 2_000;
const leasePollMs = 50;

/**
 * Buys access tokens with the client credentials grant (RFC 6749, section 4.4).
 *
 * - One token request is in flight at a time, however many callers wait for it.
 * - From 75 % of a token's life a new one is fetched in the background, while callers go on with the old one.
 *   Only in its last 30 s (or the last tenth of a shorter life) do they wait.
 * - A failure reaches those who wait for it and nobody else. The next request to the token endpoint then waits a
 *   little, more after each failure in a row. A refusal (`invalid_client`) is neither repeated nor delayed.
 * - A token that the API refuses is dropped if it is still the current one, at most three times a minute: a
 *   partner without permission must not buy a token with every call.
 * - Age is the greater of what two clocks say, so that neither a clock that is set nor a machine that slept makes
 *   an old token look young.
 * - With a store, a token that another instance bought is taken from there. A store that fails is done without.
 * - With a store that has `add`, one instance of a fleet buys while the others wait for what it stores: it holds a
 *   lease of 2 s. Nobody waits longer than that. A holder that crashed costs 2 s, and a slow one a token too many.
 */
export class ClientCredentialsSource implements TokenSource {
  /** How many tokens this source has bought. */
  bought = 0;
  readonly #options: ClientCredentialsOptions;
  #current: CachedToken | undefined;
  #inFlight: Promise<string> | undefined;
  #refused: string | undefined;
  #forcedRenewals: number[] = [];
  #failures = 0;
  #nextTryMonotonicMs = 0;
  #storeKey: Promise<string> | undefined;

  constructor(options: ClientCredentialsOptions) {
    this.#options = options;
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

  refuse(token: string): boolean {
    if (this.#current !== undefined && this.#current.token !== token) return true;
    if (this.#inFlight !== undefined) return true;
    const nowMs = this.#options.timing.monotonicMs();
    this.#forcedRenewals = this.#forcedRenewals.filter((timeMs) => nowMs - timeMs < 60_000);
    if (this.#forcedRenewals.length >= forcedRenewalsPerMinute) return false;
    this.#forcedRenewals.push(nowMs);
    this.#current = undefined;
    this.#refused = token;
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
      const cached = (await this.#fromStore()) ?? (await this.#buyWithLease());
      this.#current = cached;
      this.#failures = 0;
      return cached.token;
    } catch (error) {
      if (!(error instanceof AuthenticationError)) {
        const delayMs = Math.min(maxBackoffMs, baseBackoffMs * 2 ** this.#failures++);
        this.#nextTryMonotonicMs = timing.monotonicMs() + delayMs * (0.5 + timing.random() / 2);
      }
      throw error;
    }
  }

  /** Buys, unless another instance does and its token comes in time. */
  async #buyWithLease(): Promise<CachedToken> {
    const { tokenStore, timing } = this.#options;
    if (typeof tokenStore?.add !== "function") return this.#buy();
    const endMs = timing.monotonicMs() + leaseMs;
    for (;;) {
      const isOurs = await this.#takeLease();
      try {
        // Asked after the lease was tried: whoever held it before may have bought in between.
        const stored = await this.#fromStore();
        if (stored !== undefined) return stored;
        if (isOurs || timing.monotonicMs() >= endMs) return await this.#buy();
      } finally {
        if (isOurs) await this.#giveLeaseBack();
      }
      await timing.sleep(leasePollMs * (0.5 + timing.random()));
    }
  }

  /** Whether this instance is the one to buy. It is when the store can't tell. */
  async #takeLease(): Promise<boolean> {
    try {
      const key = `${await this.#key()}:lease`;
      return (await this.#options.tokenStore?.add?.(key, "1", leaseMs)) === true;
    } catch (error) {
      notify(this.#options.hooks.onStoreError, error);
      return true;
    }
  }

  /** Lets the next one buy at once, as after a failure. If it has run out meanwhile, another one's may go: no harm. */
  async #giveLeaseBack(): Promise<void> {
    try {
      await this.#options.tokenStore?.delete(`${await this.#key()}:lease`);
    } catch (error) {
      notify(this.#options.hooks.onStoreError, error);
    }
  }

  async #buy(): Promise<CachedToken> {
    // Loaded by the first purchase: who brings an access token does without it.
    const { requestToken } = await import("./token-request.ts");
    const { token, expiresInSeconds } = await requestToken(this.#options);
    this.bought++;
    const lifetimeMs = expiresInSeconds * 1000;
    const cached = this.#cache(token, lifetimeMs);
    await this.#toStore(cached);
    notify(this.#options.hooks.onToken, { bought: this.bought, expiresInSeconds });
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

  /** A token that another instance bought, unless it is the one that we have or that the API has just refused. */
  async #fromStore(): Promise<CachedToken | undefined> {
    const { tokenStore, timing } = this.#options;
    if (tokenStore === undefined) return undefined;
    try {
      const key = await this.#key();
      const stored = readStored(await tokenStore.get(key));
      if (stored === undefined) return undefined;
      if (stored.token === this.#refused) await tokenStore.delete(key);
      if (stored.token === this.#refused || stored.token === this.#current?.token) return undefined;
      const lifetimeMs = stored.expiresAtMs - timing.wallMs();
      if (lifetimeMs <= waitFromMs || lifetimeMs > longestLifetimeMs) return undefined;
      return this.#cache(stored.token, lifetimeMs);
    } catch (error) {
      notify(this.#options.hooks.onStoreError, error);
      return undefined;
    }
  }

  async #toStore({ token, lifetimeMs, obtainedWallMs }: CachedToken): Promise<void> {
    const { tokenStore } = this.#options;
    if (tokenStore === undefined || lifetimeMs <= waitFromMs) return;
    try {
      const value = JSON.stringify({ token, expiresAtMs: obtainedWallMs + lifetimeMs });
      await tokenStore.set(await this.#key(), value, lifetimeMs);
    } catch (error) {
      notify(this.#options.hooks.onStoreError, error);
    }
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

function readStored(value: unknown): { token: string; expiresAtMs: number } | undefined {
  if (typeof value !== "string") return undefined;
  const { token, expiresAtMs } = JSON.parse(value) as Record<string, unknown>;
  if (typeof expiresAtMs !== "number" || !Number.isFinite(expiresAtMs)) return undefined;
  return { token: checkAccessToken(token), expiresAtMs };
}

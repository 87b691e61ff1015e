import type { Seeded } from "./house/seeded.ts";

/** The one client that the mock knows. */
export const mockCredentials = { clientId: "mock-client", clientSecret: "mock-secret" } as const;

/**
 * The token endpoint of the stateful mock.
 *
 * - Each token is another one, and is accepted until its time is over or all are revoked.
 * - Anyone but the mock's own client is refused with `invalid_client` (RFC 6749, section 5.2).
 */
export class TokenDesk {
  readonly #seeded: Seeded;
  readonly #lifetimeSeconds: number;
  readonly #now: () => number;
  readonly #expiryMs = new Map<string, number>();
  #issued = 0;

  constructor(seeded: Seeded, lifetimeSeconds: number, now: () => number) {
    this.#seeded = seeded;
    this.#lifetimeSeconds = lifetimeSeconds;
    this.#now = now;
  }

  /** How many tokens have been issued. */
  get issued(): number {
    return this.#issued;
  }

  /** Answers the form of a token request, which the document allows. */
  issue(form: string): { readonly status: number; readonly body: unknown } {
    const fields = new URLSearchParams(form);
    const { clientId, clientSecret } = mockCredentials;
    if (fields.get("client_id") !== clientId || fields.get("client_secret") !== clientSecret) {
      return { status: 401, body: { error: "invalid_client" } };
    }
    this.#issued++;
    const token = `mock-token-${this.#issued}-${this.#seeded.hex("token").slice(0, 24)}`;
    this.#expiryMs.set(token, this.#now() + this.#lifetimeSeconds * 1_000);
    return {
      status: 200,
      body: { access_token: token, expires_in: this.#lifetimeSeconds, token_type: "Bearer" },
    };
  }

  /** Whether an `Authorization` header holds a token that was issued and is good still. */
  accepts(authorization: string | undefined): boolean {
    const token = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1];
    const expiryMs = token === undefined ? undefined : this.#expiryMs.get(token);
    return expiryMs !== undefined && this.#now() < expiryMs;
  }

  revokeAll(): void {
    this.#expiryMs.clear();
  }
}

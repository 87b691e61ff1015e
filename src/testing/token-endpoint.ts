import type { Seeded } from "./backend/seeded.ts";

/** The credentials of the only client that the mock knows. */
export const mockCredentials = { clientId: "mock-client", clientSecret: "mock-secret" } as const;

/**
 * The token endpoint of the stateful mock.
 *
 * - Every token is new, and is accepted until it expires or all are revoked.
 * - Any other client is rejected with `invalid_client` (RFC 6749, section 5.2).
 */
export class TokenEndpoint {
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

  /** Responds to the form of a token request, already validated. */
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

  /** Whether an `Authorization` header holds an issued token that is still valid. */
  accepts(authorization: string | undefined): boolean {
    const token = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1];
    const expiryMs = token === undefined ? undefined : this.#expiryMs.get(token);
    return expiryMs !== undefined && this.#now() < expiryMs;
  }

  revokeAll(): void {
    this.#expiryMs.clear();
  }
}

import { ConnectionError } from "../errors.ts";
import { describeFailure } from "../transport/failure.ts";
import type { ClientCredentialsOptions, TokenSource } from "./token-source.ts";

/** Loads what signs in with a secret when it is first asked for a token: most pages never do. */
export class ClientCredentialsSource implements TokenSource {
  readonly #options: ClientCredentialsOptions;
  #source: (TokenSource & { readonly requestCount: number }) | undefined = undefined;

  constructor(options: ClientCredentialsOptions) {
    this.#options = options;
  }

  get requestCount(): number {
    return this.#source?.requestCount ?? 0;
  }

  getToken(): string | Promise<string> {
    return this.#source?.getToken() ?? this.#load();
  }

  invalidate(token: string): boolean {
    return this.#source?.invalidate(token) ?? false;
  }

  async #load(): Promise<string> {
    const loaded = await import("./token-source.ts").catch((error) => {
      const { pathname } = new URL(this.#options.tokenUrl);
      const cause = describeFailure(error);
      throw new ConnectionError({ method: "POST", path: pathname, maybeSent: false, cause });
    });
    this.#source ??= new loaded.ClientCredentialsSource(this.#options);
    return this.#source.getToken();
  }
}

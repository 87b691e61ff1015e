import { ConfigurationError } from "../wrapper/errors.ts";

/** What a server says of itself that a ledger can't live with, each with what to set. Empty where it says nothing. */
export type Shortcomings = readonly string[];

/**
 * Refuses a server that forgets what it has confirmed, when an order is first entered there. It is asked once when it
 * is fit, and each time while it is not: settings change. One that does not tell is taken as it is.
 */
export class Durability {
  readonly #who: string;
  readonly #look: ((key: string) => Promise<Shortcomings>) | undefined;
  #isFit = false;

  /**
   * @param who What to call it in a message, such as `redisStore`.
   * @param look Asks the server that holds a key. Undefined where the user accepts what it is.
   */
  constructor(who: string, look: ((key: string) => Promise<Shortcomings>) | undefined) {
    this.#who = who;
    this.#look = look;
  }

  /** @throws {ConfigurationError} when the key enters an order, and the server is unfit to keep it. */
  async check(key: string): Promise<void> {
    if (this.#look === undefined || this.#isFit || !entersAnOrder(key)) return;
    const shortcomings = await this.#look(key);
    this.#isFit = shortcomings.length === 0;
    if (this.#isFit) return;
    throw new ConfigurationError(
      `${this.#who}: this server can forget an order that it has confirmed, and the order would be placed twice. ` +
        `${shortcomings.join(" ")} Nothing was sent. To use it all the same, set acceptDataLoss to true.`,
    );
  }
}

/** The first key that a ledger is given of an order, before anything is sent. */
function entersAnOrder(key: string): boolean {
  return key.startsWith("juniper-fulfillment:order:open:");
}

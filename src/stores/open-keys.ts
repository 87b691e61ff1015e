import type { RedisCommands } from "./redis-client.ts";

/**
 * The index of the keys with `:open:` in them, which are the ones that are listed. Redis has no other way to find them
 * but to look at every key. It is a set, in which a key stands from before it is stored until after it is deleted.
 *
 * The set and the key may be on different machines of a cluster, so nothing holds them together but this order: who
 * stores adds before and after, and who deletes looks afterwards whether the key has come back. A process that is
 * killed in between leaves a key in the set that there isn't, and the next listing takes it out.
 */
export class OpenKeys {
  readonly #commands: RedisCommands;
  readonly #prefix: string;
  readonly #index: string;

  constructor(commands: RedisCommands, prefix: string) {
    this.#commands = commands;
    this.#prefix = prefix;
    this.#index = `${prefix}juniper-fulfillment:index-of-open`;
  }

  /** Stores a key, in the index too where it belongs there. */
  async store<Reply>(key: string, store: () => Promise<Reply>): Promise<Reply> {
    if (!isOpen(key)) return store();
    await this.#commands.addToSet(this.#index, key);
    const reply = await store();
    await this.#commands.addToSet(this.#index, key);
    return reply;
  }

  /** Deletes a key, in the index too. */
  async forget<Reply>(key: string, forget: () => Promise<Reply>): Promise<Reply> {
    const reply = await forget();
    if (!isOpen(key) || reply === false) return reply;
    await this.#commands.removeFromSet(this.#index, key);
    const isBack = Number(await this.#commands.exists(this.#prefix + key)) > 0;
    if (isBack) await this.#commands.addToSet(this.#index, key);
    return reply;
  }

  /** The keys that begin so, each once. */
  async *list(start: string): AsyncGenerator<string, void, undefined> {
    const seen = new Set<string>();
    let cursor = "0";
    do {
      const step = await this.#commands.scanSet(this.#index, cursor);
      for (const key of step.members) {
        if (!key.startsWith(start) || seen.has(key)) continue;
        seen.add(key);
        yield key;
      }
      cursor = step.cursor;
    } while (cursor !== "0");
  }
}

function isOpen(key: string): boolean {
  return key.includes(":open:");
}

import type { RedisCommands } from "./redis-client.ts";

/**
 * The index of the keys with `:open:` in them, which are the ones that are listed. Redis has no other way to find them
 * but to look at every key. It is a hash, in which a key stands from before it is stored until after it is deleted. Its
 * value is a random name, a new one each time that the key is entered.
 *
 * The hash and the key may be on different machines of a cluster, so nothing holds them together but this order: who
 * stores enters the key before and after. Who takes it out has read its name first, then deleted the key or not found
 * it, and takes it out only if the name is still the same: what was stored meanwhile stays, wherever a process is killed.
 * One that is killed in between leaves a key in the hash that there isn't, and the next listing takes it out.
 */
export class OpenKeys {
  readonly #commands: RedisCommands;
  readonly #index: string;

  constructor(commands: RedisCommands, prefix: string) {
    this.#commands = commands;
    this.#index = `${prefix}juniper-fulfillment:index-of-open`;
  }

  /** Stores a key, in the index too where it belongs there. */
  async store<Reply>(key: string, store: () => Promise<Reply>): Promise<Reply> {
    if (!isOpen(key)) return store();
    await this.#enter(key);
    const reply = await store();
    await this.#enter(key);
    return reply;
  }

  /** Deletes a key, in the index too. */
  async forget<Reply>(key: string, forget: () => Promise<Reply>): Promise<Reply> {
    if (!isOpen(key)) return forget();
    const name = await this.#commands.getField(this.#index, key);
    const reply = await forget();
    if (reply !== false) await this.#takeOut(key, String(name));
    return reply;
  }

  /** The keys that begin so, each once, with their values. */
  async *list(
    start: string,
    get: (key: string) => Promise<string | null>,
  ): AsyncGenerator<readonly [key: string, value: string], void, undefined> {
    const seen = new Set<string>();
    let cursor = "0";
    do {
      const reply = await this.#commands.eval(scanScript, this.#index, [cursor]);
      const [next, fields] = reply as [unknown, unknown[]];
      for (let at = 0; at < fields.length; at += 2) {
        const [key = "", name = ""] = fields.slice(at, at + 2).map(String);
        if (!key.startsWith(start) || seen.has(key)) continue;
        seen.add(key);
        const value = await get(key);
        if (value !== null) yield [key, value];
        else await this.#takeOut(key, name);
      }
      cursor = String(next);
    } while (cursor !== "0");
  }

  async #enter(key: string): Promise<void> {
    await this.#commands.setField(this.#index, key, crypto.randomUUID());
  }

  async #takeOut(key: string, name: string): Promise<void> {
    await this.#commands.eval(takeOutScript, this.#index, [key, name]);
  }
}

function isOpen(key: string): boolean {
  return key.includes(":open:");
}

/** Some fields of a hash with their values, and where to go on. "0" is the beginning, and the end. */
const scanScript = "return redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', 500)";

const takeOutScript = `if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
return redis.call('HDEL', KEYS[1], ARGV[1])`;

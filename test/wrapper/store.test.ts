import { ConfigurationError } from "juniper-fulfillment";
import { beforeEach, describe, expect, test } from "vitest";
import { type MemoryStore, memoryStore } from "../../src/wrapper/store.ts";

let clockMs: number;
let store: MemoryStore;

beforeEach(() => {
  clockMs = 0;
  store = memoryStore({ maxEntries: 3, mayForget: (value) => value !== "kept", wallMs: () => clockMs });
});

const keysOf = async (prefix: string) => {
  const keys: string[] = [];
  for await (const [key] of store.list(prefix)) keys.push(key);
  return keys;
};

describe("the store in memory", () => {
  test("adds a key once, until it is deleted or its time is over", () => {
    expect([store.add("a", "1", 100), store.add("a", "2")]).toEqual([true, false]);
    clockMs = 100;
    expect(store.get("a")).toBeUndefined();
    expect(store.add("a", "2")).toBe(true);
    store.delete("a");
    expect(store.add("a", "3")).toBe(true);
  });

  test("replaces and removes only what is expected", () => {
    store.set("a", "1");
    expect([store.replace("a", "2", "3"), store.remove("a", "2")]).toEqual([false, false]);
    expect([store.replace("b", "1", "2"), store.remove("b", "1")]).toEqual([false, false]);
    expect([store.replace("a", "1", "2"), store.get("a")]).toEqual([true, "2"]);
    expect([store.remove("a", "2"), store.get("a")]).toEqual([true, undefined]);
  });

  test("replaces nothing whose time is over", () => {
    store.set("a", "1", 100);
    clockMs = 100;
    expect([store.replace("a", "1", "2"), store.remove("a", "1")]).toEqual([false, false]);
  });

  test("takes a new time to live with each value, and keeps a value without one", () => {
    store.set("a", "1", 100);
    store.replace("a", "1", "2");
    clockMs = 1_000_000;
    expect(store.get("a")).toBe("2");
  });

  test("forgets what was stored longest ago when it is full, and keeps what must not be forgotten", () => {
    for (const [key, value] of Object.entries({ a: "kept", b: "1", c: "1", d: "1" })) store.set(key, value);
    expect([..."abcd"].map((key) => store.get(key))).toEqual(["kept", undefined, "1", "1"]);
    store.set("c", "2");
    store.set("e", "1");
    expect([..."acde"].map((key) => store.get(key))).toEqual(["kept", "2", undefined, "1"]);
  });

  test("refuses what is new when all that it holds must be kept", () => {
    for (const key of "abc") store.set(key, "kept");
    expect(() => store.add("d", "1")).toThrow(ConfigurationError);
    expect(() => store.set("d", "1")).toThrow(/must not be forgotten/);
    expect(store.replace("a", "kept", "1")).toBe(true);
    expect(store.add("d", "1")).toBe(true);
    expect([..."abcd"].map((key) => store.get(key))).toEqual([undefined, "kept", "kept", "1"]);
  });

  test("lists the keys of a prefix whose time is not over", async () => {
    store.set("x:open:1", "1");
    store.set("x:open:2", "2", 100);
    store.set("y:open:1", "3");
    expect(await keysOf("x:open:")).toEqual(["x:open:1", "x:open:2"]);
    clockMs = 100;
    expect(await keysOf("x:open:")).toEqual(["x:open:1"]);
  });
});

import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ledger } from "juniper-fulfillment";
import { afterEach, beforeEach, expect, test } from "vitest";
import { folderLedger } from "../../examples/script/folder-ledger.ts";

let folder: string;
let ledger: Ledger;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ledger-"));
  ledger = await folderLedger(folder);
});
afterEach(() => rm(folder, { recursive: true }));

test("of many that add the same key at the same time, one is told that it did", async () => {
  const others = await Promise.all(Array.from({ length: 20 }, () => folderLedger(folder)));
  const added = await Promise.all(others.map((other, index) => other.add("key", String(index))));
  expect(added.filter(Boolean)).toHaveLength(1);
  expect(await ledger.get("key")).toBe(String(added.indexOf(true)));
});

test("what is set is kept, what is deleted is gone, and no draft is left", async () => {
  expect(await ledger.get("key")).toBeUndefined();
  await ledger.set("key", "1");
  await ledger.set("key", "2");
  expect(await (await folderLedger(folder)).get("key")).toBe("2");
  expect(await readdir(folder)).toHaveLength(1);
  await ledger.delete("key");
  await ledger.delete("key");
  expect(await ledger.get("key")).toBeUndefined();
  expect(await readdir(folder)).toEqual([]);
});

import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { runKeepAlive } from "../../scripts/faults/keep-alive.ts";
import { formatMatrix, type Row, runMatrix, runThousandCalls } from "../../scripts/faults/matrix.ts";
import { formatTally, runSchedules } from "../../scripts/faults/schedules.ts";
import { formatTwins, runTwins } from "../../scripts/faults/twins.ts";
import { formatVanishingHosts, runVanishingHosts } from "../../scripts/faults/vanishing-hosts.ts";

describe("fault × class of operation", () => {
  let rows: Row[];
  beforeAll(async () => {
    rows = await runMatrix();
    console.log(formatMatrix(rows));
  });

  const outcomes = () =>
    rows.flatMap((row) => [row.once, row.always].map((outcome) => ({ ...row, ...outcome })));

  test("no order is stored twice", () => {
    const creates = outcomes().filter(
      ({ class: operation }) => operation === "create" || operation === "submit",
    );
    expect(creates.filter(({ stored }) => stored > 1)).toEqual([]);
  });

  test("an order that was reported as placed is stored, and one that was reported as refused is not", () => {
    const creates = outcomes().filter(
      ({ class: operation }) => operation === "create" || operation === "submit",
    );
    const isSuccess = (got: string) => ["ok", "created", "found", "already-submitted"].includes(got);
    for (const { fault, got, stored } of creates) {
      if (got !== "OUTCOME_UNKNOWN")
        expect({ fault, got, stored }).toEqual({ fault, got, stored: isSuccess(got) ? 1 : 0 });
    }
  });

  test("an order is sent once, unless the server can't have acted on it", () => {
    const creates = outcomes().filter(({ class: operation }) => operation === "create");
    for (const { fault, requests } of creates) {
      if (!/^(429|token)/.test(fault))
        expect({ fault, requests: Math.min(requests, 1) }).toEqual({ fault, requests });
    }
  });

  test("a read and a replacement survive whatever passes", () => {
    const passing = rows.filter(({ class: operation }) => operation === "read" || operation === "replace");
    const final =
      /^(connection refused|301|token of another|token endpoint down|credentials|broken|HTML|.*too short)/;
    for (const { fault, once } of passing)
      if (!final.test(fault)) expect({ fault, got: once.got }).toEqual({ fault, got: "ok" });
  });

  test("each user gets what matrix.txt says", async () => {
    const line = ({ fault, class: operation, once, always }: Row) =>
      `${fault} | ${operation} | ${once.got}, ${once.stored} stored | ${always.got}, ${always.stored} stored`;
    const text = `fault | class | strikes once | strikes always\n${rows.map(line).join("\n")}\n`;
    await expect(text).toMatchFileSnapshot(fileURLToPath(new URL("matrix.txt", import.meta.url)));
  });
});

test("one thousand calls that meet an expired token at once buy one new token", async () => {
  expect(await runThousandCalls()).toMatchObject({ ok: 1_000, tokens: 2 });
});

test("a socket that the server closes between two orders leaves hardly any in doubt", async () => {
  const { ours, posts } = await runKeepAlive(40);
  expect(ours).toBeLessThanOrEqual(posts / 20);
});

test("no order is duplicated, lost or misreported on random schedules of faults and crashes", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const tally = await runSchedules({ runs: 250, seed });
  console.log(formatTally(tally, seed));
  expect(tally.failures, `npm run faults -- --runs 250 --seed ${seed}`).toEqual([]);
  // A harness that stores or crashes nothing would find nothing.
  expect(tally.crashes).toBeGreaterThan(100);
  expect(tally.wakings).toBeGreaterThan(100);
  expect(tally.stored).toBeGreaterThan(300);
});

test("a lost order is never taken for its twin, and is mostly found", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const results = await runTwins(200, seed);
  console.log(formatTwins(results, seed));
  const sum = (name: "lost" | "found" | "foundLater" | "wrong" | "duplicated") =>
    results.reduce((total, result) => total + result[name], 0);
  expect({ wrong: sum("wrong"), duplicated: sum("duplicated") }).toEqual({ wrong: 0, duplicated: 0 });
  expect(sum("lost")).toBeGreaterThan(0);
  expect(sum("found") + sum("foundLater")).toBeGreaterThan(sum("lost") / 2);
});

test("a host that vanishes from under a connection leaves no order duplicated, lost or misreported", async (context) => {
  const cells = await runVanishingHosts({ callings: ["POST", "submitOrder, back at once"] });
  if (cells === undefined)
    return context.skip("it takes Linux, unshare and iproute2, and root or a user namespace");
  console.log(formatVanishingHosts(cells));
  expect(cells.filter(({ wrongs }) => wrongs.length > 0)).toEqual([]);
  // They are what they are called: the order was stored, and the system ended the connection with such a code.
  const stored = cells.filter(({ moment }) => moment === "after it has stored");
  expect(stored.filter(({ stored }) => stored !== 1)).toEqual([]);
  expect(stored.map(({ code }) => code)).toEqual(expect.arrayContaining(["EHOSTUNREACH", "ETIMEDOUT"]));
});

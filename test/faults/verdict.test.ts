import { describe, expect, test } from "vitest";
import { type Evidence, type Told, type Witness, wrongsOf } from "../../scripts/faults/verdict.ts";

const placed = (orderId: string, isByThisCall = true): Told => ({ said: "placed", orderId, isByThisCall });
const said = (what: Exclude<Told["said"], "placed">): Told => ({ said: what });
const witnesses = (...told: readonly Told[]): Witness[] =>
  told.map((one, number) => ({ call: `call-${number}`, told: one }));
const order = (id: string, number: number) => ({ id, call: `call-${number}` });

const nothing: Evidence = { witnesses: [], stored: [], entry: "none", isListed: false };
const known = { entry: { orderId: "a" }, stored: [order("a", 0)] };

describe("in the end, a reference is in order when", () => {
  test.each<[string, Partial<Evidence>]>([
    ["it has one order, which a call has reported", { ...known, witnesses: witnesses(placed("a")) }],
    ["all its calls report that order", { ...known, witnesses: witnesses(placed("a"), placed("a", false)) }],
    [
      "its order was reported after a call that placed nothing",
      {
        ...{ entry: { orderId: "a" }, stored: [order("a", 1)] },
        witnesses: witnesses(said("not placed"), placed("a")),
      },
    ],
    [
      "nobody knows whether it was placed, and it is listed",
      {
        ...{ stored: [order("a", 0)], entry: "pending", isListed: true },
        witnesses: witnesses(said("unknown")),
      },
    ],
    [
      "it has no order, and its last call said so",
      { witnesses: witnesses(said("unknown"), said("not placed")) },
    ],
  ])("%s", (_what, evidence) => expect(wrongsOf({ ...nothing, ...evidence }, true)).toEqual([]));
});

describe("something is wrong when", () => {
  test.each<[string, Partial<Evidence>, string[]]>([
    [
      "there are two orders",
      {
        ...{ stored: [order("a", 0), order("b", 1)], entry: { orderId: "a" } },
        witnesses: witnesses(placed("a"), placed("a", false)),
      },
      ["duplicated"],
    ],
    [
      "a call reports an order that isn't stored",
      { witnesses: witnesses(placed("a")) },
      ["misreported", "lost"],
    ],
    [
      "two calls report different orders",
      { ...known, witnesses: witnesses(placed("a"), placed("b")) },
      ["misreported"],
    ],
    [
      "a call says that it placed the order of another call",
      {
        ...known,
        witnesses: witnesses(said("unknown"), placed("a")),
      },
      ["misreported"],
    ],
    [
      "a call says that it has placed nothing, and it has",
      {
        ...known,
        witnesses: witnesses(said("not placed"), placed("a", false)),
      },
      ["misreported"],
    ],
    [
      "the ledger names another order",
      {
        ...{ stored: [order("a", 0)], entry: { orderId: "b" } },
        witnesses: witnesses(placed("a")),
      },
      ["misreported"],
    ],
    [
      "its order was reported to nobody, and it isn't listed",
      {
        stored: [order("a", 0)],
        witnesses: witnesses(said("unknown")),
      },
      ["lost"],
    ],
    ["it has no order, and nobody was told so", { witnesses: witnesses(said("unknown")) }, ["lost"]],
    [
      "it had no order, and the last call does not know",
      {
        witnesses: witnesses(said("not placed"), said("unknown")),
      },
      ["lost"],
    ],
    ["a call did not end", { ...known, witnesses: witnesses(placed("a"), said("hung")) }, ["hung"]],
  ])("%s", (_what, evidence, wrongs) => expect(wrongsOf({ ...nothing, ...evidence }, true)).toEqual(wrongs));
});

describe("while calls may still come,", () => {
  test("an order that only the ledger knows isn't lost: the next call is told of it", () => {
    expect(wrongsOf({ ...nothing, ...known, witnesses: witnesses(said("nothing")) }, false)).toEqual([]);
  });

  test("a reference that nobody was told about isn't lost, as long as it can be submitted again", () => {
    expect(wrongsOf({ ...nothing, witnesses: witnesses(said("unknown")) }, false)).toEqual([]);
  });

  test("an order that neither a caller nor the ledger knows is lost", () => {
    const evidence = { ...nothing, stored: [order("a", 0)], witnesses: witnesses(said("nothing")) };
    expect(wrongsOf(evidence, false)).toEqual(["lost"]);
  });

  test("a reference is lost that is held by an entry which isn't listed", () => {
    expect(wrongsOf({ ...nothing, entry: "pending" }, false)).toEqual(["lost"]);
    expect(wrongsOf({ ...nothing, entry: "pending", isListed: true }, false)).toEqual([]);
  });
});

import { isDeepStrictEqual } from "node:util";
import { type JsonObject, listOperations } from "../document/document.ts";
import type { Discrepancy } from "../document/register.ts";
import { readersView } from "../document/substance.ts";
import { schemaSource } from "../generate/schema/schema-source.ts";
import { correctedSource } from "../generate/sources.ts";
import { type Change, compareDocuments } from "./changes.ts";
import { findLookalikes, type Lookalike } from "./lookalikes.ts";
import { type Cause, rateTypes } from "./rating/rate-types.ts";
import { Reach } from "./reach.ts";
import { compareTypes, type TouchedTypes } from "./touched-types.ts";

/** What two documents in our layout differ in. */
export interface Comparison {
  /** Whether they say the same, in the same words. */
  readonly isSame: boolean;
  /** Each change once, with the operations that it reaches. The gravest over HTTP come first. */
  readonly changes: readonly Change[];
  readonly operations: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    /** The operations of the new document whose requests or responses changed. */
    readonly touched: readonly string[];
  };
  readonly types: TouchedTypes;
  /** What the types mean for a program that was compiled against the old ones. */
  readonly causes: readonly Cause[];
  readonly lookalikes: readonly Lookalike[];
}

const noTypes: TouchedTypes = { added: [], removed: [], changed: [], affected: [] };
const nothing: Comparison = {
  isSame: true,
  changes: [],
  operations: { added: [], removed: [], touched: [] },
  types: noTypes,
  causes: [],
  lookalikes: [],
};

/** Compares two documents in our layout, our own marks apart. */
export async function compareWires(
  before: JsonObject,
  after: JsonObject,
  register: readonly Discrepancy[] = [],
): Promise<Comparison> {
  const [old, now] = [readersView(before), readersView(after)];
  if (isDeepStrictEqual(old, now)) return nothing;
  const [oldText, nowText] = [correctedSource(old), correctedSource(now)];
  const [changes, oldSchema, nowSchema] = await Promise.all([
    compareDocuments(oldText, nowText),
    schemaSource(oldText),
    schemaSource(nowText),
  ]);
  return {
    isSame: false,
    changes: withOperations(changes, new Reach(old), new Reach(now)),
    operations: compareOperations(old, now, changes),
    types: compareTypes(oldSchema, nowSchema),
    causes: rateTypes({ schema: oldSchema, corrected: old }, { schema: nowSchema, corrected: now }),
    lookalikes: findLookalikes(old, now, register),
  };
}

/** A change of a component says which operations it is a change of. */
function withOperations(changes: readonly Change[], old: Reach, now: Reach): Change[] {
  const texts = new Map<string, Change>();
  for (const change of changes) {
    const isShared = change.pointers.some((pointer) => pointer.startsWith("#/components/"));
    const ids = isShared
      ? new Set([...old.ids(change.pointers), ...now.ids(change.pointers)])
      : new Set<string>();
    const text = ids.size === 0 ? change.text : `${change.text.replace(/\.$/, "")}: ${[...ids].join(", ")}.`;
    if (!texts.has(text)) texts.set(text, { ...change, text });
  }
  return [...texts.values()];
}

function compareOperations(
  before: JsonObject,
  after: JsonObject,
  changes: readonly Change[],
): Comparison["operations"] {
  const old = listOperations(before).map(({ key }) => key);
  const now = listOperations(after).map(({ key }) => key);
  const pointers = changes.flatMap((change) => change.pointers);
  const reached = new Set([...new Reach(before).keys(pointers), ...new Reach(after).keys(pointers)]);
  return {
    added: now.filter((key) => !old.includes(key)),
    removed: old.filter((key) => !now.includes(key)),
    touched: now.filter((key) => old.includes(key) && reached.has(key)),
  };
}

import { type JsonObject, listOperations } from "../../document/document.ts";
import { schemaRoles } from "../../document/schema-roles.ts";
import { declarations, publicName, spread } from "../touched-types.ts";
import { failedProbes } from "./failed-probes.ts";
import { operationProbes, type Probe, probesOf } from "./probes.ts";

export type Rating = "major" | "minor" | "patch" | "none";

/** Why a release has to be what it is. */
export interface Cause {
  readonly impact: Exclude<Rating, "none">;
  readonly reason: string;
}

/** A text of `src/generated/schema.ts` and the corrected document that it was made of. */
export interface Generation {
  readonly schema: string;
  readonly corrected: JsonObject;
}

/**
 * Rates a new text of `src/generated/schema.ts` by what it does to a program that was compiled against the old one,
 * with TypeScript itself:
 *
 * - A name, a path, a method, a webhook or a value that is gone is major.
 * - What a program reads must still fit where the old was expected, without a property less. What it writes must still
 *   be accepted. A public type must fit both ways, since programs read it and build it: all else is major.
 * - What only adds is minor, and what only says the same otherwise is a patch.
 */
export function rateTypes(before: Generation, after: Generation): Cause[] {
  const [old, now] = [declarations(before.schema), declarations(after.schema)];
  const differing = [...old.keys(), ...now.keys()].filter((place) => old.get(place) !== now.get(place));
  const changed = new Set([...spread(new Set(differing), old), ...spread(new Set(differing), now)]);
  const [oldCalls, newCalls] = [before, after].map(({ corrected }) =>
    listOperations(corrected).map(({ key }) => key),
  );
  const used = (places: ReadonlyMap<string, string>, calls: readonly string[] = []): string[] => [
    ...[...places.keys()].filter((place) => !/^(paths|operations|\$defs)\//.test(place)),
    ...calls,
  ];
  const [oldNames, newNames] = [used(old, oldCalls), used(now, newCalls)];
  const gone = oldNames.filter((name) => !newNames.includes(name));
  const added = newNames.filter((name) => !oldNames.includes(name));
  const causes = [
    ...listed("major", gone, (names) => `${names} can no longer be used.`),
    ...listed("minor", added, (names) => `${names} can be used now.`),
  ];
  const events = added.filter((name) => name.startsWith("webhooks/"));
  if ([...old.keys()].some((place) => place.startsWith("webhooks/"))) {
    causes.push(...listed("major", events, (names) => `\`WebhookEvent\` can be another event: ${names}.`));
  }
  const common = [...changed].filter((place) => old.has(place) && now.has(place));
  const roles = [schemaRoles(before.corrected), schemaRoles(after.corrected)];
  const isSentOnly = (name: string): boolean => roles.every((role) => role.get(name) === "request");
  const calls = (oldCalls ?? []).filter((key) => newCalls?.includes(key));
  const probes = [
    ...common.flatMap((place) => probesOf(place, isSentOnly)),
    ...calls.filter((key) => changed.has(`paths/${key.split(" ")[1]}`)).flatMap(operationProbes),
  ];
  const failed = failedProbes(before.schema, after.schema, probes);
  const broken = probes.filter((_, index) => failed.has(index));
  const names = (role: Probe["breaks"]): string[] => [
    ...new Set(broken.filter(({ breaks }) => breaks === role).map(({ name }) => name)),
  ];
  const major = names("always");
  causes.push(...listed("major", major, (list) => `programs that use ${list} may no longer compile.`));
  const fixed = common.flatMap((place) => newlyReadonly(place, old.get(place) ?? "", now.get(place) ?? ""));
  causes.push(...listed("major", fixed, (list) => `programs that assign to ${list} may no longer compile.`));
  const minor = names("adds").filter((name) => !major.includes(name));
  causes.push(...listed("minor", minor, (list) => `${list} can do more.`));
  if (causes.length === 0 && changed.size > 0) {
    causes.push({ impact: "patch", reason: "The types say the same in other words." });
  }
  return causes;
}

/** The properties that a program could assign to. Assignability says nothing of it. */
function newlyReadonly(place: string, before: string, after: string): string[] {
  const [old, now] = [membersOf(before), membersOf(after)];
  const fixed = [...now.fixed].filter((path) => old.free.has(path) && !old.fixed.has(path));
  return fixed.map((path) => `${place}.${path}`);
}

/** The paths of a declaration's members, by whether a program may assign to them. */
function membersOf(text: string): Record<"free" | "fixed", Set<string>> {
  const found = { free: new Set<string>(), fixed: new Set<string>() };
  const parents: string[] = [];
  let last = "";
  // A member's name, a word between quotes, or the begin or end of an object.
  for (const [token, readonly, name] of text.matchAll(
    /(readonly )?("(?:[^"\\]|\\.)*"|[\w$]+)\??: |"(?:[^"\\]|\\.)*"|[{}]/g,
  )) {
    if (name !== undefined) {
      last = name;
      const path = [...parents, name].filter((parent) => parent !== "").join(".");
      found[readonly === undefined ? "free" : "fixed"].add(path);
    } else if (token === "{") {
      parents.push(last);
      last = "";
    } else if (token === "}") last = parents.pop() ?? "";
  }
  return found;
}

function listed(impact: Cause["impact"], places: readonly string[], say: (names: string) => string): Cause[] {
  if (places.length === 0) return [];
  const names = [
    ...new Set(places.map((place) => (/^[A-Z]+ \//.test(place) ? place : publicName(place)))),
  ].map((name) => `\`${name}\``);
  const more = names.length > 8 ? ` and ${names.length - 8} more` : "";
  const sentence = say(names.slice(0, 8).join(", ") + more);
  return [{ impact, reason: sentence[0]?.toUpperCase() + sentence.slice(1) }];
}

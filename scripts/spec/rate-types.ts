import { join } from "node:path";
import ts from "typescript";
import { type JsonObject, listOperations } from "../document/document.ts";
import { schemaRoles } from "../document/schema-roles.ts";
import { declarations, publicName, spread } from "./touched-types.ts";

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
  const names = (text: string, pattern: RegExp): string[] =>
    [...text.matchAll(pattern)].map(([, name = ""]) => name);
  const free = new Set(names(before, /(?<!readonly )(?<![\w"$])("[^"]*"|[\w$]+)\??: /g));
  const fixed = names(after, /readonly ("[^"]*"|[\w$]+)\??: /g);
  return fixed.filter((name) => free.has(name)).map((name) => `${place}.${name}`);
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

/** An assignment that compiles as long as nothing broke: `from` where `to` was expected. */
interface Probe {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** Whether its failing breaks a program, or shows that something was added. */
  readonly breaks: "always" | "adds";
}

function probesOf(place: string, isSentOnly: (name: string) => boolean): Probe[] {
  const [section = "", ...rest] = place.split("/");
  const name = rest.join("/");
  if (section === "webhooks") return publicProbes(place, `webhooks[${JSON.stringify(name)}]`, false);
  if (["paths", "operations", "$defs"].includes(section) || name === "") return [];
  const type = `components[${JSON.stringify(section)}][${JSON.stringify(name)}]`;
  return publicProbes(
    place,
    type,
    section === "requestBodies" || section === "parameters" || isSentOnly(name),
  );
}

/** A type that programs name: they read it, and build it. */
function publicProbes(name: string, type: string, isSent: boolean): Probe[] {
  const [old, now] = [`Old.${type}`, `New.${type}`];
  // A request may take more values than it did: nobody reads one that the vendor made.
  const loose = (one: string): string => (isSent ? `Loose<${one}>` : one);
  return [
    { name, from: old, to: now, breaks: "always" },
    { name, from: loose(now), to: loose(old), breaks: "always" },
    { name, from: loose(`Full<${now}>`), to: loose(`Full<${old}>`), breaks: "always" },
    { name, from: `Full<${old}>`, to: `Full<${now}>`, breaks: "adds" },
    { name, from: now, to: old, breaks: "adds" },
  ];
}

/** What a call takes and what it returns. */
function operationProbes(name: string): Probe[] {
  const [method = "", path = ""] = name.split(" ");
  const at = (side: string): string =>
    `${side}.paths[${JSON.stringify(path)}][${JSON.stringify(method.toLowerCase())}]`;
  const both = (part: string): [string, string] => [`${part}<${at("Old")}>`, `${part}<${at("New")}>`];
  const probes: Probe[] = [];
  const [oldSent, newSent] = both("Sent");
  probes.push({ name, from: oldSent, to: newSent, breaks: "always" });
  probes.push({ name, from: `Loose<Full<${newSent}>>`, to: `Loose<Full<${oldSent}>>`, breaks: "always" });
  probes.push({ name, from: `Full<${oldSent}>`, to: `Full<${newSent}>`, breaks: "adds" });
  probes.push({ name, from: newSent, to: oldSent, breaks: "adds" });
  const [oldData, newData] = both("Data");
  // A program can have done nothing with what was never documented.
  probes.push({ name, from: `Known<${newData}, ${oldData}>`, to: oldData, breaks: "always" });
  probes.push({
    name,
    from: `Full<Known<${newData}, ${oldData}>>`,
    to: `Full<${oldData}>`,
    breaks: "always",
  });
  probes.push({ name, from: newData, to: oldData, breaks: "adds" });
  probes.push({ name, from: `Full<${oldData}>`, to: `Full<${newData}>`, breaks: "adds" });
  const [oldError, newError] = both("Failure");
  probes.push({ name, from: `Known<${newError}, ${oldError}>`, to: oldError, breaks: "always" });
  probes.push({ name, from: newError, to: oldError, breaks: "adds" });
  return probes;
}

const helpers = `import type * as Old from "./before.ts";
import type * as New from "./after.ts";
import type { ErrorResponse, MediaType, SuccessResponse } from "openapi-typescript-helpers";
type Full<T> = T extends readonly (infer Item)[] ? Full<Item>[] : T extends object ? { [Key in keyof T]-?: Full<T[Key]> } : T;
type Loose<T> = T extends readonly (infer Item)[] ? Loose<Item>[] : T extends object ? { [Key in keyof T]: Loose<T[Key]> } : true;
type Used<T> = { [Key in keyof T as [Exclude<T[Key], undefined>] extends [never] ? never : Key]: T[Key] };
type Sent<T> = (T extends { parameters: infer P } ? { parameters: Used<P> } : {}) & Body<Used<T>>;
type Body<T> = T extends { requestBody: { content: infer C } } ? { body: C[keyof C] } : T extends { requestBody?: { content: infer C } } ? { body?: C[keyof C] } : {};
type Responses<T> = T extends { responses: infer R extends Record<string | number, any> } ? R : {};
type Data<T> = SuccessResponse<Responses<T>, MediaType>;
type Failure<T> = ErrorResponse<Responses<T>, MediaType>;
type Known<T, Before> = [Before] extends [undefined] ? never : T;
`;

/** What every program is checked with: TypeScript's own declarations, and those of openapi-typescript. */
const libraries = new Map<string, ts.SourceFile>();

/** The probes that don't compile, by their number. */
function failedProbes(before: string, after: string, probes: readonly Probe[]): Set<number> {
  if (probes.length === 0) return new Set();
  const folder = join(process.cwd(), "rated-types");
  const lines = probes.map(
    ({ from, to }, index) => `export const p${index} = (value: ${from}): ${to} => value;`,
  );
  const texts = new Map([
    [join(folder, "before.ts"), before],
    [join(folder, "after.ts"), after],
    [join(folder, "probes.ts"), `${helpers}${lines.join("\n")}\n`],
  ]);
  const options: ts.CompilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.getSourceFile = (path, version, onError) => {
    const text = texts.get(path);
    if (text !== undefined) return ts.createSourceFile(path, text, version);
    const known = libraries.get(path) ?? getSourceFile(path, version, onError);
    if (known !== undefined) libraries.set(path, known);
    return known;
  };
  host.directoryExists = () => true;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  const file = join(folder, "probes.ts");
  const program = ts.createProgram([file], options, host);
  const source = program.getSourceFile(file);
  const offset = helpers.split("\n").length - 1;
  const failed = new Set<number>();
  for (const { start } of program.getSemanticDiagnostics(source)) {
    if (source === undefined || start === undefined) continue;
    failed.add(source.getLineAndCharacterOfPosition(start).line - offset);
  }
  return failed;
}

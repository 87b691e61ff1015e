import { GenerationError, isObject, type Json, type JsonObject } from "./document.ts";
import { matches } from "./overlay.ts";

/** An entry of `openapi/corrections.yaml`: one thing that the vendor's document says in two ways, or wrongly. */
export interface Discrepancy {
  readonly id: string;
  readonly title: string;
  /** What the vendor says, what our users see, and where it shows: each as Markdown in one line. */
  readonly vendor: string;
  readonly users: string;
  readonly source: string;
  /** JSONPaths that match something, and that match nothing, as long as it is there. */
  readonly there: readonly string[];
  readonly absent: readonly string[];
  /** The kinds of new things that look like it. */
  readonly alike: readonly string[];
  /** Whether it is kept as documented, and no correction hides it. */
  readonly isKept: boolean;
}

const words = ["title", "vendor", "users", "source"] as const;

/** Reads the register, whose entries stand on the first action of each group. `name` is what messages call it. */
export function readRegister(overlay: JsonObject, name: string): Discrepancy[] {
  const actions = Array.isArray(overlay.actions) ? overlay.actions.filter(isObject) : [];
  const problems: string[] = [];
  const register = actions
    .map((action) => action["x-discrepancy"])
    .filter(isObject)
    .map((entry): Discrepancy => {
      const id = String(entry.id);
      for (const word of words) {
        const value = entry[word];
        if (typeof value !== "string" || value.trim() === "" || value.includes("\n")) {
          problems.push(`${name}: ${id} has no \`${word}\` in one line.`);
        }
      }
      const [there, absent] = [strings(entry.there), strings(entry.absent)];
      if (there.length + absent.length === 0) {
        problems.push(`${name}: ${id} has no evidence. Give it JSONPaths in \`there\` or \`absent\`.`);
      }
      return {
        id,
        title: String(entry.title),
        vendor: String(entry.vendor),
        users: String(entry.users),
        source: String(entry.source),
        there,
        absent,
        alike: strings(entry.alike),
        isKept: entry.kept === true,
      };
    });
  if (problems.length > 0) throw new GenerationError(problems);
  return register.sort((one, other) => one.id.localeCompare(other.id, "en", { numeric: true }));
}

/** The evidence of a discrepancy that a document no longer shows: empty while it is there. */
export async function missingEvidence({ there, absent }: Discrepancy, wire: JsonObject): Promise<string[]> {
  const missing: string[] = [];
  for (const path of there) if (!(await matches(wire, path))) missing.push(`\`${path}\` matches nothing`);
  for (const path of absent) if (await matches(wire, path)) missing.push(`\`${path}\` matches something`);
  return missing;
}

function strings(value: Json | undefined): string[] {
  return (Array.isArray(value) ? value : []).filter((item) => typeof item === "string");
}

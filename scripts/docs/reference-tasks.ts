import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { isObject } from "../document/document.ts";

/** The pages of the TypeScript reference: what one comes for, not the alphabet. */
const tasks = [
  { name: "client", title: "Client", parts: /^\.\/(wrapper|pagination|settings)\// },
  { name: "orders", title: "Orders", parts: /^\.\/orders\// },
  { name: "webhooks", title: "Webhooks", parts: /^\.\/webhooks\// },
  { name: "errors", title: "Errors", parts: /^\.\/wrapper\/(errors|describe-issues|result)\.ts$/ },
  { name: "testing", title: "Testing" },
  { name: "stores", title: "Stores" },
  { name: "otel", title: "OpenTelemetry" },
  { name: "shapes", title: "API types", parts: /^\.\/generated\// },
] as const;

export interface ReferenceTask {
  readonly name: string;
  readonly title: string;
  /** What to import it from. */
  readonly from: string;
  /** The source file that exports it all, which may be in memory only. */
  readonly file: string;
  readonly text: string;
}

/**
 * The exports of package.json by task. What the main entry exports is divided by the folder that it comes from: each
 * task is a module of its own for TypeDoc, made of the entry's own `export` statements.
 *
 * @throws {Error} for an export that no task takes.
 */
export async function referenceTasks(): Promise<ReferenceTask[]> {
  const { name, exports } = JSON.parse(await readFile("package.json", "utf8"));
  const entries = new Map(
    Object.entries<unknown>(exports).flatMap(([subpath, conditions]) => {
      const source = isObject(conditions) ? conditions["juniper-fulfillment-source"] : undefined;
      return typeof source === "string" ? [[subpath.replace(/^\.\/?/, ""), resolve(source)]] : [];
    }),
  );
  const main = entries.get("");
  if (main === undefined) throw new Error("package.json has no main entry.");
  const statements = (await readFile(main, "utf8")).split(/(?<=;\n)/);
  const chosen = await Promise.all(
    tasks.map(async (task): Promise<ReferenceTask> => {
      const entry = entries.get(task.name);
      if (entry !== undefined) {
        const text = await readFile(entry, "utf8");
        return { ...task, from: `${name}/${task.name}`, file: entry, text };
      }
      const text = statements.filter((statement) => taskOf(statement) === task.name).join("");
      return { ...task, from: name, file: join(dirname(main), `${task.name}.docs.ts`), text };
    }),
  );
  const missing = [...entries.keys()].filter(
    (key) => key !== "" && !chosen.some((task) => task.name === key),
  );
  if (missing.length > 0) throw new Error(`scripts/docs/reference-tasks.ts has no page for ${missing}.`);
  return chosen;
}

function taskOf(statement: string): string {
  const path = / from "(.+)";\n$/.exec(statement)?.[1] ?? "";
  // The last that fits is the narrowest: errors are a part of the wrapper.
  const task = tasks.findLast((candidate) => "parts" in candidate && candidate.parts.test(path));
  if (task === undefined) throw new Error(`scripts/docs/reference-tasks.ts has no page for: ${statement}`);
  return task.name;
}

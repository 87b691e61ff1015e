import { join } from "node:path";
import { execute } from "../../scripts/package/execute.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";

/** Runs `npm run docs`. */
export function buildDocs(...args: string[]): ReturnType<typeof execute> {
  return execute(join("node_modules", ".bin", "tsx"), ["scripts/docs.ts", ...args], projectRoot);
}

import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** The driver of the project that the command is run in. It isn't a dependency of this package. */
export async function loadDriver(name: string): Promise<Record<string, unknown> | undefined> {
  try {
    const path = createRequire(join(process.cwd(), "package.json")).resolve(name);
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

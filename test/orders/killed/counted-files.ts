import { promises } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { step } from "./stopped-call.ts";

/** What changes a disk. To be killed before one that doesn't is the same as to be killed before the next that does. */
const uses = ["link", "mkdir", "rename", "rm", "rmdir", "unlink", "writeFile"] as const;

type Use = (...args: unknown[]) => Promise<unknown>;

/** Counts every use of the disk in this process that changes it. */
export function countFiles(): void {
  const files = promises as unknown as Record<string, Use>;
  for (const name of uses) files[name] = counted(files[name] as Use);
  const open = files.open as Use;
  files.open = async (...args) => {
    if (args[1] === "r") return open(...args);
    // It has made the file, which is filled by one more use.
    const file = Object(await step(() => open(...args))) as { writeFile: Use };
    return Object.assign(file, { writeFile: counted(file.writeFile.bind(file)) });
  };
  // So that those who have imported them by name get these.
  syncBuiltinESMExports();
}

function counted(use: Use): Use {
  return (...args) => step(() => use(...args));
}

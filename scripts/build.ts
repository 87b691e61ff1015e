import { rm } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "./run-command.ts";
import { runScript } from "./run-script.ts";

const usage = `Usage: npm run build

Compiles src/ to dist/, with declarations and source maps.`;

await runScript(usage, async () => {
  await rm("dist", { recursive: true, force: true });
  return runCommand(process.execPath, [
    join("node_modules", "typescript", "bin", "tsc"),
    "-p",
    "tsconfig.build.json",
  ]);
});

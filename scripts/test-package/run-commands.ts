import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { execute } from "../package/execute.ts";
import { projectRoot } from "../package/project-root.ts";
import { playCommandPage } from "./command-page.ts";

/** Runs every subcommand of the package that a consumer has installed, and returns what is not as COMMAND.md shows it. */
export async function runCommands(consumer: string): Promise<string[]> {
  await succeed("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", await prism()], consumer);
  // By the file that npm makes of it, which is another one on Windows.
  const help = await succeed("npx", ["--no-install", "juniper-fulfillment", "--help"], consumer);
  const complaints = help.includes("Usage: juniper-fulfillment COMMAND") ? [] : [`--help printed:\n${help}`];
  const folder = join(consumer, "commands");
  await mkdir(folder);
  const program = join(consumer, "node_modules", "juniper-fulfillment", "dist", "cli", "main.js");
  const { page, played } = await playCommandPage({ command: [process.execPath, program], folder });
  return [...complaints, ...differences(page, played)];
}

/** The package that the mock needs, in the version that works with this one. */
async function prism(): Promise<string> {
  const manifest = JSON.parse(await readFile(join(projectRoot, "package.json"), "utf8"));
  const name = "@stoplight/prism-cli";
  return `${name}@${manifest.peerDependencies[name]}`;
}

/** What the page shows, and what was printed, from the first line on that is another. */
function differences(page: string, played: string): string[] {
  const [expected, actual] = [page.split("\n"), played.split("\n")];
  const first = actual.findIndex((line, index) => line !== expected[index]);
  if (first === -1)
    return expected.length === actual.length ? [] : ["Less was printed than COMMAND.md shows."];
  const from = (lines: readonly string[]): string => lines.slice(first, first + 8).join("\n");
  return [
    `COMMAND.md shows from line ${first + 1} on:\n${from(expected)}\n\nThis was printed:\n${from(actual)}`,
  ];
}

async function succeed(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { exitCode, stdout, stderr } = await execute(command, args, cwd);
  if (exitCode !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}${stderr}`);
  return stdout;
}

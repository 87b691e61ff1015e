import { execFile, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { projectRoot } from "../package/project-root.ts";
import type { Calling, Cell } from "./vanishing/cell.ts";

const program = fileURLToPath(new URL("vanishing/main.ts", import.meta.url));
const source = ["--conditions=juniper-fulfillment-source", "--import", "tsx", program];

/** What makes a network namespace: as root, or as a user who may be root in one. Undefined where neither works. */
function namespaceOptions(): readonly string[] | undefined {
  const options = [["--net"], ["--map-root-user", "--net"]];
  const works = (args: readonly string[]): boolean =>
    spawnSync("unshare", [...args, "ip", "link", "add", "type", "veth"]).status === 0;
  return process.platform === "linux" ? options.find(works) : undefined;
}

export interface RunVanishingHosts {
  /** What is called. By default everything. */
  readonly callings?: readonly Calling[];
  /** Node's arguments for the program, where it isn't the one in the source. */
  readonly program?: readonly string[];
}

/**
 * Places orders at hosts that vanish while they are connected to. Undefined where there can be no network namespace:
 * that takes Linux, unshare, and iproute2.
 */
export async function runVanishingHosts(options: RunVanishingHosts = {}): Promise<Cell[] | undefined> {
  const namespace = namespaceOptions();
  if (namespace === undefined) return undefined;
  const { callings = [], program: node = source } = options;
  const args = [...namespace, process.execPath, ...node, ...callings];
  const { stdout } = await promisify(execFile)("unshare", args, { cwd: projectRoot });
  return JSON.parse(stdout) as Cell[];
}

const isEstablished = ({ moment }: Cell): boolean => moment !== "before it connects";

/** What became of all, in one line a figure. */
export function formatVanishingHosts(cells: readonly Cell[]): string {
  const codes = new Set(cells.flatMap((cell) => (isEstablished(cell) && cell.code ? [cell.code] : [])));
  const count = (is: (cell: Cell) => boolean): number => cells.filter(is).length;
  const wrongs = cells.filter(({ wrongs }) => wrongs.length > 0);
  return [
    `${cells.length} orders at hosts that vanish, ${count(isEstablished)} of them from under a connection (${[...codes].sort().join(", ")})`,
    `  stored      ${count(({ stored }) => stored > 0)}`,
    `  duplicated  ${count(({ wrongs }) => wrongs.includes("duplicated"))}`,
    `  lost        ${count(({ wrongs }) => wrongs.includes("lost"))}`,
    `  misreported ${count(({ wrongs }) => wrongs.includes("misreported"))}`,
    ...wrongs.map(
      ({ way, moment, calling, transport, wrongs }) =>
        `  ${way}, ${moment}, ${calling}, over ${transport}: ${wrongs.join(", ")}`,
    ),
  ].join("\n");
}

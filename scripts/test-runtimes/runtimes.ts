import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runPage } from "./chromium.ts";
import { runProgram, runScript } from "./processes.ts";
import type { ScenarioOptions, ScenarioReport } from "./scenario.ts";
import { runWorker } from "./workerd.ts";

/** A runtime, and how a program is run on it. */
export interface Runtime {
  readonly name: string;
  readonly binary: string;
  /** The command that installs it. */
  readonly source: string;
  /** What must carry the requests. */
  readonly transport: "undici" | "fetch";
  /** Whether HTTP/2 is tried, and the options of a client that speaks it. Elsewhere it isn't available, or can't be observed. */
  readonly http2?: (ca: string) => NonNullable<ScenarioOptions["http2"]>["clientOptions"];
  /** Whether its fetch may send an order twice, whatever we do. */
  readonly repeatsPosts?: true;
  run(consumer: string, options: ScenarioOptions): Promise<ScenarioReport>;
  /** Loads the package as CommonJS does, and resolves with what a call printed. Workers and pages have no CommonJS. */
  readonly require?: (consumer: string, options: ScenarioOptions) => Promise<string>;
}

/** The folder with the package.json of the runtimes. */
export const runtimesFolder: string = fileURLToPath(new URL("../../test/runtimes/packages", import.meta.url));

const fromNpm = `npm ci --ignore-scripts --prefix ${runtimesFolder}`;

const installed = (...path: string[]): string => join(runtimesFolder, "node_modules", ...path);

/** A runtime whose programs find the package by themselves. */
function withPrograms(
  { name, transport, binary, http2 }: Pick<Runtime, "name" | "transport" | "binary" | "http2">,
  ...flags: string[]
): Runtime {
  return {
    name,
    binary,
    source: fromNpm,
    transport,
    ...(http2 && { http2 }),
    run: (consumer, options) => runProgram([binary, ...flags], consumer, options),
    require: async (consumer, options) => {
      const script = join(consumer, "required.cjs");
      await cp(new URL("./entries/required.cjs", import.meta.url), script);
      return runScript([binary, ...flags], script, consumer, options);
    },
  };
}

const node = (version: string): Runtime =>
  withPrograms({
    ...{ name: "Node", transport: "undici", binary: installed(`node-${version}`, "bin", "node") },
    http2: (ca) => ({ node: { http2: true, tls: { ca } } }),
  });

const workerd = installed("@cloudflare", "workerd-linux-64", "bin", "workerd");

// Debian's package. A browser is too large for an npm package.
const chromium = "/usr/bin/chromium";

/** A page, with the package bundled under these conditions. */
function page(name: string, conditions: readonly string[]): Runtime {
  return {
    ...{ name, binary: chromium, source: "apt-get install chromium", transport: "fetch", repeatsPosts: true },
    run: (consumer, options) => runPage(chromium, consumer, options, conditions),
  };
}

/** Every runtime that the package is for, in the order of the table. Node 20.19 is the oldest that it supports. */
export const runtimes: readonly Runtime[] = [
  ...["20.19", "20", "22", "24", "26"].map(node),
  withPrograms(
    { name: "Bun", transport: "fetch", binary: installed("@oven", "bun-linux-x64", "bin", "bun") },
    "run",
  ),
  withPrograms(
    {
      ...{ name: "Deno", transport: "fetch", binary: installed("@deno", "linux-x64-glibc", "deno") },
      // Its fetch speaks HTTP/2 with every server that does.
      http2: () => ({}),
    },
    ...["run", "--no-prompt", "--no-lock", "--node-modules-dir=manual"],
    // It is given no more than this: to read the project, and to reach the servers of this run.
    ...[
      "--allow-read=.",
      "--allow-net=127.0.0.1,localhost",
      "--unsafely-ignore-certificate-errors=localhost",
    ],
  ),
  {
    name: "workerd",
    binary: workerd,
    source: fromNpm,
    transport: "fetch",
    run: (consumer, options) => runWorker(workerd, consumer, options),
  },
  page("Chromium", ["browser"]),
  page("Chromium/production", ["browser", "production"]),
];

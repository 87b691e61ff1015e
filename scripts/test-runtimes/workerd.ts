import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { bundleEntry } from "./bundle.ts";
import type { ScenarioOptions, ScenarioReport } from "./scenario.ts";

/** No compatibility flag is set: the package must not need Node's modules. */
const config = `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "scenario", worker = (
      modules = [(name = "worker.mjs", esModule = embed "worker.bundle.mjs")],
      compatibilityDate = "2025-01-01",
      globalOutbound = "loopback",
    )),
    (name = "loopback", network = (allow = ["local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "scenario")],
);
`;

/** Runs the scenario in a Worker of workerd. */
export async function runWorker(
  binary: string,
  consumer: string,
  options: ScenarioOptions,
): Promise<ScenarioReport> {
  await bundleEntry(consumer, "worker", ["workerd", "worker", "browser"]);
  await writeFile(join(consumer, "config.capnp"), config);
  const child = spawn(binary, ["serve", "config.capnp", "--control-fd=3"], {
    cwd: consumer,
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  try {
    const port = await Promise.race([listening(child.stdio[3] as Readable), ended(child)]);
    const response = await fetch(`http://127.0.0.1:${port}`, {
      method: "POST",
      body: JSON.stringify(options),
      signal: AbortSignal.timeout(60_000),
    });
    if (!response.ok)
      throw new Error(`The Worker responded with ${response.status}: ${await response.text()}`);
    return (await response.json()) as ScenarioReport;
  } finally {
    child.kill();
  }
}

/** The port, which workerd writes to its control pipe as a line of JSON. */
async function listening(control: Readable): Promise<number> {
  let text = "";
  for await (const chunk of control) {
    text += chunk;
    const port = /"event":"listen".*"port":(\d+)/.exec(text)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error("workerd closed its control pipe before it listened.");
}

async function ended(child: ReturnType<typeof spawn>): Promise<never> {
  const [code] = await once(child, "exit");
  throw new Error(`workerd ended with ${code} before it listened.`);
}

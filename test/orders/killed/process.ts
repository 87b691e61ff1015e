/**
 * A process that is killed, or the one that comes after it. `killed-process.test.ts` starts both, with what they are to
 * do as JSON in the environment.
 */
import { openCountedStore } from "./counted-stores.ts";
import type { Finished } from "./finish.ts";
import { finish } from "./finish.ts";
import { Partner } from "./partner.ts";
import { stopEverywhere } from "./scenarios.ts";

/** What a process is to do. */
export interface Task {
  /** `stop` stops one call for each step of each scenario, and waits for its end. */
  readonly task: "stop" | "finish" | "stop, then finish";
  /** The store's. */
  readonly url: string;
  readonly vendor: string;
  /** What is finished. */
  readonly references?: readonly string[];
}

/** What a process has done. */
export interface Report {
  /** The calls that were stopped, by their references. */
  readonly stopped: readonly string[];
  readonly finished: readonly Finished[];
}

const { task, url, vendor, references = [] }: Task = JSON.parse(process.env.TASK ?? "");
const { store, close } = await openCountedStore(url);
const partner = new Partner(vendor, store);
const stopped = task === "finish" ? [] : await stopEverywhere(partner, url.startsWith("file:"));
const finished = task === "stop" ? [] : await finish(partner, task === "finish" ? references : stopped);
const report: Report = { stopped, finished };
console.log(JSON.stringify(report));
// Whoever has started it kills it now, with all that is stopped in it.
if (task === "finish") await close();
else setInterval(() => {}, 60_000);

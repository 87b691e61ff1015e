import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileLedger } from "juniper-fulfillment/stores";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type RunningCli, runCli, startCli } from "../support/cli.ts";
import { type CliApi, startCliApi } from "../support/cli-api.ts";
import { writeOrderFile } from "../support/order-file.ts";

let api: CliApi;
let folder: string;
let running: RunningCli | undefined;

beforeAll(async () => {
  api = await startCliApi();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-pipes-"));
});
afterEach(async () => {
  running?.child.kill("SIGKILL");
  running = undefined;
  api.mock.clearFaults();
  await rm(folder, { recursive: true, force: true });
});
afterAll(() => api.close());

/** What the references and customers of a test begin with. */
const prefix = (): string => basename(folder);

/** Starts to submit a file of orders. */
async function startSubmit(count: number): Promise<RunningCli> {
  const file = await writeOrderFile(folder, count, prefix());
  running = startCli(["orders", "submit", file, "--ledger", ledger(), "--json"], api.env);
  return running;
}

const ledger = (): string => `file:${join(folder, "ledger")}`;
const placed = () => api.mock.orders.filter(({ customer }) => customer.sourceId.startsWith(prefix()));

async function exitCodeOf({ child }: RunningCli): Promise<number | null> {
  const [exitCode] = await once(child, "exit");
  return exitCode;
}

test("orders submit goes on where nobody reads its errors", async () => {
  const cli = await startSubmit(2);
  cli.child.stderr?.destroy();
  expect([await exitCodeOf(cli), placed().length]).toEqual([0, 2]);
});

test("a command that there isn't ends with 2 where nobody reads that", async () => {
  running = startCli(["nope"]);
  running.child.stderr?.destroy();
  expect(await exitCodeOf(running)).toBe(2);
});

test("orders submit finishes what is under way, and begins no more, where nobody reads its outcomes", async () => {
  api.mock.fault("POST /orders", { delayMs: 100, times: 1_000 });
  const cli = await startSubmit(60);
  cli.child.stdout?.once("data", () => cli.child.stdout?.destroy());
  expect(await exitCodeOf(cli)).toBe(1);
  expect(placed().length).toBeLessThan(60);
  const list = await runCli(["orders", "unsettled", "--ledger", ledger(), "--older-than", "0"], api.env);
  expect([list.exitCode, list.stdout]).toEqual([0, ""]);
});

test("orders submit ends with 3 where an outcome is unknown, and nobody reads that", async () => {
  // An entry that can't be read leaves it unknown at once, without looking for the order.
  const hash = createHash("sha256").update(`${prefix()}-0`).digest("hex");
  await fileLedger(join(folder, "ledger")).set(`juniper-fulfillment:order:reference:${hash}`, "spoiled");
  const cli = await startSubmit(1);
  cli.child.stdout?.destroy();
  expect(await exitCodeOf(cli)).toBe(3);
});

test("orders submit ends with 3 when it is ended while an order is under way", async () => {
  api.mock.fault("POST /orders", { delayMs: 60_000 });
  api.mock.requests.length = 0;
  const cli = await startSubmit(1);
  const exited = exitCodeOf(cli);
  while (!api.calls().includes("POST /v1/orders")) await new Promise((resolve) => setTimeout(resolve, 20));
  // The first is asked to end, the second ends it. Two at the same time would be one.
  const again = setInterval(() => cli.child.kill("SIGINT"), 200);
  expect(await exited).toBe(3);
  clearInterval(again);
});

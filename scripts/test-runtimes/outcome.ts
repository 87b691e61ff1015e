import { access } from "node:fs/promises";
import { styleText } from "node:util";
import type { MockServer } from "juniper-fulfillment/testing";
import { orderSpellings } from "../samples/wire-spellings.ts";
import { type BreakingHttp2, startBreakingHttp2 } from "./breaking-http2.ts";
import { type BreakingServer, startBreakingServer } from "./breaking-server.ts";
import { versionOf } from "./processes.ts";
import type { Runtime } from "./runtimes.ts";
import { http2Orders, type ScenarioOptions, type ScenarioReport, steps } from "./scenario.ts";

/** What the table has for one cell: it worked, why it didn't, or there is no such thing on this runtime. */
export type Cell = { readonly failure: string | null } | "none";

export interface Outcome {
  readonly name: string;
  readonly cells: Readonly<Record<string, Cell>>;
  /** What carried the requests. */
  readonly transport: string;
}

export const columns: readonly string[] = [...steps, "require()", "transport"];

/** Resolves with why a runtime isn't available and how to get it, or undefined. */
export async function missing({ name, binary, source }: Runtime): Promise<string | undefined> {
  return access(binary).then(
    () => undefined,
    () => `${name} is missing: ${binary}. To install it: ${source}`,
  );
}

/** Runs everything on one runtime. What goes wrong is in the outcome, never thrown. */
export async function runOn(runtime: Runtime, consumer: string, mock: MockServer): Promise<Outcome> {
  const breaking = await startBreakingServer();
  const http2 = await startBreakingHttp2();
  const options = {
    ...mock.clientOptions,
    breakingOrigin: breaking.origin,
    http2: runtime.http2 && { origin: http2.origin, clientOptions: runtime.http2(http2.ca) },
  };
  const version = await versionOf(runtime.binary).catch(() => "of unknown version");
  const name = `${runtime.name} ${version}`;
  try {
    const report = await runtime.run(consumer, options);
    const found = transportOf(report, mock.requests.length);
    const transport =
      found === runtime.transport ? null : `${found} carried the requests in place of ${runtime.transport}`;
    const cells: Record<string, Cell> = {
      ...Object.fromEntries(steps.map((step) => [step, { failure: report.steps[step] }])),
      order: { failure: report.steps.order ?? misspelling(mock) },
      "sent once": { failure: report.steps["sent once"] ?? countFailure(runtime, breaking, http2) },
      "require()": await checkRequire(runtime, consumer, options),
      transport: { failure: transport },
    };
    return { name, cells, transport: found };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    const cells = Object.fromEntries(
      columns.map((column, index) => [column, index === 0 ? { failure } : { failure: "" }]),
    );
    return { name, cells, transport: "" };
  } finally {
    breaking.close();
    http2.close();
  }
}

/** Chromium sends an order again that was read, which no option prevents: submitOrder refuses there. Elsewhere none is. */
function countFailure(
  { repeatsPosts, http2 }: Runtime,
  { orders }: BreakingServer,
  { orders: overHttp2 }: BreakingHttp2,
): string | null {
  if (orders.size === 0) return "no order arrived at the server that breaks its connections";
  const repeated = [...orders].filter(([, count]) => count > 1).map(([path, count]) => `${path}: ${count}`);
  if (repeatsPosts === true)
    return repeated.length > 0 ? null : "it no longer repeats orders: let submitOrder send";
  if (repeated.length > 0) return `orders were sent more than once: ${repeated.join(", ")}`;
  const expected = http2 === undefined ? 0 : http2Orders;
  return overHttp2() === expected
    ? null
    : `${overHttp2()} orders arrived over HTTP/2 in place of ${expected}`;
}

/** Every request went through the runtime's fetch, or none did. The mock knows how many there were. */
function transportOf({ fetched }: ScenarioReport, sent: number): string {
  if (sent === 0) return "nothing";
  if (fetched === 0) return "undici";
  return fetched === sent ? "fetch" : `fetch ${fetched} times out of ${sent}, and something else,`;
}

/** The scenario sees its own spelling. The wire must have had the vendor's. */
function misspelling(mock: MockServer): string | null {
  const faulty = mock.requests.filter(({ violations }) => violations.length > 0);
  if (faulty.length > 0) return faulty.flatMap(({ violations }) => violations).join("; ");
  const orders = mock.requests.filter(({ method, path }) => method === "POST" && path.endsWith("/orders"));
  const sent = JSON.stringify(orders.map(({ body }) => body));
  const wrong = orderSpellings.filter(
    ({ kind, user, wire }) =>
      kind === "name" && (sent.includes(`"${user}":`) || !sent.includes(`"${wire}":`)),
  );
  return orders.length > 0 && wrong.length === 0 ? null : "the order was not sent in the vendor's spelling";
}

async function checkRequire(runtime: Runtime, consumer: string, options: ScenarioOptions): Promise<Cell> {
  if (runtime.require === undefined) return "none";
  const output = await runtime.require(consumer, options).catch((error: Error) => error.message);
  return { failure: output === "ONE_TIME\n" ? null : output };
}

/** One line of the table. */
export function formatRow(name: string, cells: readonly string[]): string {
  const widths = columns.map((column) => column.length);
  return [name.padEnd(34), ...cells.map((cell, index) => cell.padEnd(widths[index] ?? 0))]
    .join("  ")
    .trimEnd();
}

/** What stands in a cell of the table. Colours come last, since they have no width. */
export function formatOutcome({ name, cells, transport }: Outcome): string {
  const texts = columns.map((column) => {
    const cell = cells[column] ?? "none";
    if (cell === "none") return "–";
    const mark = cell.failure === null ? "✓" : "✗";
    return column === "transport" ? `${mark} ${transport}` : mark;
  });
  return formatRow(name, texts)
    .replaceAll("✓", styleText("green", "✓"))
    .replaceAll("✗", styleText("red", "✗"));
}

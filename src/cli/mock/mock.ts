import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import {
  type MockServer,
  type RecordedRequest,
  type StatefulMockServer,
  startMockServer,
} from "juniper-fulfillment/testing";
import { expectNoViolations } from "../../testing/recorded-requests.ts";
import { type Command, exitCodes, type Terminal } from "../command.ts";
import { parseWhole } from "../options.ts";
import { listPrompts, runPrompt } from "./prompt.ts";

const usage = `Usage: juniper-fulfillment mock [--port PORT] [--stateful] [--seed SEED] [--control] [--check] [--json]

Serves a mock of the API and its token endpoint on this machine until it is stopped with Ctrl+C. It needs the package
@stoplight/prism-cli.

  --port PORT  the port (default: 4010; 0 for any free one)
  --stateful   keep state: orders can be read, listed and cancelled, and their webhooks are delivered
  --seed SEED  with --stateful, the seed of identifiers and tokens: with the same one they are the same (default: another one
               each time, for a ledger takes an identifier that comes again for the order that had it first)
  --control    let other processes drive it over HTTP, under /__mock
  --check      when it stops, list the requests that break the published document, and exit with 1 if there are any
  --json       print each request as a line of JSON, without its headers and body

With --stateful it takes commands from the terminal or a pipe, one per line:

${listPrompts("  ")}`;

const options = {
  port: { type: "string", default: "4010" },
  stateful: { type: "boolean", default: false },
  seed: { type: "string" },
  control: { type: "boolean", default: false },
  check: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
} as const;

export const mock: Command = {
  usage,
  async run(args, terminal) {
    const { values } = parseArgs({ args: [...args], options });
    const port = parseWhole("port", values.port, 0, 65_535);
    // The mock's own list is emptied by whoever drives it, such as between two tests.
    const received: RecordedRequest[] = [];
    const show = (request: RecordedRequest): void => {
      received.push(request);
      terminal.print(values.json ? lineOf(request) : describe(request));
    };
    const served = await reportBusyPort(port, terminal, () => serve(port, values, show));
    if (served === undefined) return exitCodes.failed;
    const { server, stateful } = served;
    if (values.json) terminal.print(JSON.stringify({ baseUrl: server.baseUrl, tokenUrl: server.tokenUrl }));
    else greet(served, values.control, terminal);
    // Commands are taken until the mock is stopped: which of the two ends first is up to the user.
    if (stateful !== undefined) void takePrompts(stateful, terminal);
    await stopped(terminal.signal);
    await server.close();
    process.stdin.destroy();
    if (!values.json) terminal.print(`\nStopped after ${received.length} requests.`);
    return values.check ? check(received, terminal) : exitCodes.ok;
  },
};

interface Served {
  readonly server: MockServer;
  readonly stateful: StatefulMockServer | undefined;
  /** A token to try it with. */
  readonly token: string;
}

async function serve(
  port: number,
  {
    stateful: isStateful,
    seed = crypto.randomUUID(),
    control,
  }: { stateful: boolean; seed?: string; control: boolean },
  show: (request: RecordedRequest) => void,
): Promise<Served> {
  if (!isStateful) {
    const server = await startMockServer({ port, control, onRequest: show });
    return { server, stateful: undefined, token: "any" };
  }
  // It accepts no tokens but its own, so it is asked for one before anything is shown.
  let isReady = false;
  const onRequest = (request: RecordedRequest): void => (isReady ? show(request) : undefined);
  const stateful = await startMockServer({ port, control, stateful: true, seed, onRequest });
  const token = await requestToken(stateful);
  stateful.requests.length = 0;
  isReady = true;
  return { server: stateful, stateful, token };
}

async function requestToken({ tokenUrl, clientOptions }: MockServer): Promise<string> {
  const { clientId: client_id, clientSecret: client_secret } = clientOptions;
  const body = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
  const response = await fetch(tokenUrl, { method: "POST", body });
  return ((await response.json()) as { access_token: string }).access_token;
}

function greet({ server, token, stateful }: Served, isDriven: boolean, { print }: Terminal): void {
  print(`
The mock listens at ${server.baseUrl}. Stop it with Ctrl+C.

Point a client at it:

  import { createFulfillmentClient } from "juniper-fulfillment";

  const client = createFulfillmentClient({
    clientId: "${server.clientOptions.clientId}",
    clientSecret: "${server.clientOptions.clientSecret}",
    baseUrl: "${server.baseUrl}",
    tokenUrl: "${server.tokenUrl}",
  });

Or call it with curl:

  curl -H "Authorization: Bearer ${token}" ${server.baseUrl}/products
${isDriven ? `\nDrive it from another process: ${new URL(server.baseUrl).origin}/__mock\n` : ""}${
  stateful === undefined ? "" : `\nIt keeps state. Type a command:\n\n${listPrompts("  ")}\n`
}`);
}

function describe({ method, path, status, violations }: RecordedRequest): string {
  const lines = violations.map((violation) => `  not in the document: ${violation}`);
  return [`${method} ${path} ${status ?? "cut off"}`, ...lines].join("\n");
}

function lineOf({ method, path, operation, status, violations }: RecordedRequest): string {
  return JSON.stringify({ method, path, operation, status, violations });
}

async function takePrompts(mock: StatefulMockServer, { print }: Terminal): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const text = await runPrompt(mock, line);
    if (text !== "") print(text);
  }
}

function check(received: readonly RecordedRequest[], { note }: Terminal): number {
  try {
    expectNoViolations(received);
    return exitCodes.ok;
  } catch (error) {
    note(error instanceof Error ? error.message : String(error));
    return exitCodes.failed;
  }
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

async function reportBusyPort<Result>(
  port: number,
  { note }: Terminal,
  start: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await start();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "EADDRINUSE" && code !== "EACCES") throw error;
    const why = code === "EADDRINUSE" ? "is in use" : "may not be opened by this user";
    note(`Port ${port} ${why}. Choose another with --port.`);
    return undefined;
  }
}

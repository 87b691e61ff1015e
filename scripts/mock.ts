import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import {
  type MockServer,
  type RecordedRequest,
  type StatefulMockServer,
  startMockServer,
} from "juniper-fulfillment/testing";
import { commandsOf, runCommand } from "./mock/commands.ts";
import { runScript } from "./run-script.ts";

const usage = `Usage: npm run mock [-- [--port PORT] [--stateful]]

Serves a mock of the API and its token endpoint on this machine until it is stopped with Ctrl+C.

  --port PORT  the port (default: 4010; 0 for any free one)
  --stateful   keep what is sent: orders can be read, listed and cancelled, and their webhooks arrive

With --stateful it takes commands, one a line, from the terminal or a pipe:

${commandsOf("  ")}`;

await runScript(usage, async () => {
  const { values } = parseArgs({
    options: { port: { type: "string", default: "4010" }, stateful: { type: "boolean", default: false } },
  });
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535) {
    console.error(`--port must be a number from 0 to 65535.\n\n${usage}`);
    return 2;
  }
  const served = await reportBusyPort(port, () => serve(port, values.stateful));
  if (served === undefined) return 1;
  const { mock, stateful, token } = served;
  greet(mock, token, stateful !== undefined);
  // They are taken until the mock is stopped: what comes to an end first is up to the user.
  if (stateful !== undefined) void takeCommands(stateful);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  await mock.close();
  process.stdin.destroy();
  console.log(`\nStopped after ${mock.requests.length} requests.`);
  return 0;
});

/** The mock, and a token to try it with. */
interface Served {
  readonly mock: MockServer;
  readonly stateful: StatefulMockServer | undefined;
  readonly token: string;
}

async function serve(port: number, isStateful: boolean): Promise<Served> {
  if (!isStateful) {
    const mock = await startMockServer({ port, onRequest: showRequest });
    return { mock, stateful: undefined, token: "any" };
  }
  // The stateful one takes no tokens but its own, so it is asked for one before anything is shown.
  let isReady = false;
  const onRequest = (request: RecordedRequest): void => (isReady ? showRequest(request) : undefined);
  const stateful = await startMockServer({ port, stateful: true, onRequest });
  const token = await signIn(stateful);
  stateful.requests.length = 0;
  isReady = true;
  return { mock: stateful, stateful, token };
}

async function signIn({ tokenUrl, clientOptions }: MockServer): Promise<string> {
  const { clientId: client_id, clientSecret: client_secret } = clientOptions;
  const body = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
  const response = await fetch(tokenUrl, { method: "POST", body });
  return ((await response.json()) as { access_token: string }).access_token;
}

function greet(mock: MockServer, token: string, isStateful: boolean): void {
  console.log(`
The mock listens at ${mock.baseUrl}. Stop it with Ctrl+C.

Point a client at it:

  import { createFulfillmentClient } from "juniper-fulfillment";

  const client = createFulfillmentClient({
    clientId: "${mock.clientOptions.clientId}",
    clientSecret: "${mock.clientOptions.clientSecret}",
    baseUrl: "${mock.baseUrl}",
    tokenUrl: "${mock.tokenUrl}",
  });

Or look at it with curl:

  curl -H "Authorization: Bearer ${token}" ${mock.baseUrl}/products
${isStateful ? `\nIt keeps what it is sent. Type a command:\n\n${commandsOf("  ")}\n` : ""}`);
}

function showRequest({ method, path, status, violations }: RecordedRequest): void {
  console.log(`${method} ${path} ${status ?? "cut off"}`);
  for (const violation of violations) console.log(`  not in the document: ${violation}`);
}

async function takeCommands(mock: StatefulMockServer): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const text = await runCommand(mock, line);
    if (text !== "") console.log(text);
  }
}

async function reportBusyPort<Server>(
  port: number,
  start: () => Promise<Server>,
): Promise<Server | undefined> {
  try {
    return await start();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "EADDRINUSE" && code !== "EACCES") throw error;
    const why = code === "EADDRINUSE" ? "is in use" : "may not be opened by this user";
    console.error(`Port ${port} ${why}. Choose another with \`npm run mock -- --port PORT\`.`);
    return undefined;
  }
}

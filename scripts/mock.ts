import { parseArgs } from "node:util";
import { type MockServer, startMockServer } from "juniper-fulfillment/testing";
import { runScript } from "./run-script.ts";

const usage = `Usage: npm run mock [-- --port PORT]

Serves a mock of the API and its token endpoint on this machine until it is stopped with Ctrl+C.

  --port PORT  the port (default: 4010; 0 for any free one)`;

await runScript(usage, async () => {
  const { values } = parseArgs({ options: { port: { type: "string", default: "4010" } } });
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535) {
    console.error(`--port must be a number from 0 to 65535.\n\n${usage}`);
    return 2;
  }
  const mock = await start(port);
  if (mock === undefined) return 1;
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

  curl -H "Authorization: Bearer any" ${mock.baseUrl}/products
`);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  await mock.close();
  console.log(`\nStopped after ${mock.requests.length} requests.`);
  return 0;
});

async function start(port: number): Promise<MockServer | undefined> {
  try {
    return await startMockServer({ port });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "EADDRINUSE" && code !== "EACCES") throw error;
    const why = code === "EADDRINUSE" ? "is in use" : "may not be opened by this user";
    console.error(`Port ${port} ${why}. Choose another with \`npm run mock -- --port PORT\`.`);
    return undefined;
  }
}

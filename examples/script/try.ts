/** Runs the script twice against a mock of the API, as a timer would run it twice against the real one. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startMockServer } from "juniper-fulfillment/testing";

const fileHere = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const mock = await startMockServer({ stateful: true });
const ledgerFolder = await mkdtemp(join(tmpdir(), "ledger-"));
const env = {
  ...process.env,
  JUNIPER_CLIENT_ID: mock.clientOptions.clientId,
  JUNIPER_CLIENT_SECRET: mock.clientOptions.clientSecret,
  JUNIPER_BASE_URL: mock.baseUrl,
  JUNIPER_TOKEN_URL: mock.tokenUrl,
  LEDGER_FOLDER: ledgerFolder,
};
for (const time of ["first", "second"]) {
  console.log(`The ${time} run:`);
  const args = [...process.execArgv, fileHere("place-orders.ts"), fileHere("orders.json")];
  await once(spawn(process.execPath, args, { env, stdio: "inherit" }), "exit");
}
const posts = mock.requests.filter(({ method, path }) => method === "POST" && path.endsWith("/orders"));
console.log(`The API was sent ${posts.length} orders.`);
await Promise.all([mock.close(), rm(ledgerFolder, { recursive: true })]);

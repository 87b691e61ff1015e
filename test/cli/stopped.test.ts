import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startCli } from "../support/cli.ts";

/** A server that takes connections, and never says a word. */
let silent: Server;
let folder: string;

beforeAll(async () => {
  silent = createServer((socket) => socket.on("error", () => {}));
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  folder = await mkdtemp(join(tmpdir(), "cli-stopped-"));
  await writeFile(
    join(folder, "orders.jsonl"),
    '{"reference":"r","order":{"lineItems":[{"productId":1}]}}\n',
  );
});
afterAll(async () => {
  silent.close();
  await rm(folder, { recursive: true, force: true });
});

test.each([
  ["contract", 1],
  ["doctor", 1],
  ["orders check FOLDER/orders.jsonl", 1],
  ["orders watch o-1", 1],
  ["listen --forward-to http://127.0.0.1:9/ --secret s", 0],
])("%s ends at Ctrl+C while the API is silent", async (words, code) => {
  const origin = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const env = {
    ...{ JUNIPER_CLIENT_ID: "id", JUNIPER_CLIENT_SECRET: "secret", JUNIPER_ENVIRONMENT: "" },
    ...{ JUNIPER_BASE_URL: `${origin}/v1`, JUNIPER_TOKEN_URL: `${origin}/token` },
  };
  const cli = startCli(words.replace("FOLDER", folder).split(" "), env);
  await once(silent, "connection");
  // One that has to be ended after its ten seconds of grace ends with 130.
  expect((await cli.stop()).exitCode).toBe(code);
});

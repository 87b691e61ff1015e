import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFulfillmentClient, memoryLedger, settleOrder, submitOrder } from "juniper-fulfillment";
import { expect, test } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { startScriptedServer } from "../../scripts/samples/scripted-server.ts";

const missing = process.platform === "win32" ? " (skipped: Windows has no named pipes among its files)" : "";

test.skipIf(missing !== "")(
  `files that hang, and with them all hashing of the process, hold up no call beyond its deadline${missing}`,
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "stuck-"));
    const fifo = join(folder, "fifo");
    execFileSync("mkfifo", [fifo]);
    const server = await startScriptedServer(() => ({ status: 201, json: { id: "o-1" } }));
    const client = createFulfillmentClient({ accessToken: "t", baseUrl: server.origin });
    // More than the threads that a process has for files and for hashing.
    const opening = Array.from({ length: 16 }, () => open(fifo, "r"));
    try {
      const ledger = memoryLedger();
      const submission = submitOrder(client, orderRequest, { reference: "r-1", ledger, deadlineMs: 300 });
      await expect(submission).rejects.toMatchObject({ name: "TimeoutError", limit: "deadlineMs" });
      const settling = settleOrder(client, { reference: "r-1", ledger, as: "not-placed", deadlineMs: 300 });
      await expect(settling).rejects.toThrow("The ledger failed");
      expect(server.requests).toEqual([]);
    } finally {
      // A writer lets all readers go on. This way of opening waits for nobody.
      const writer = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
      for (const file of await Promise.all(opening)) await file.close();
      closeSync(writer);
      await rm(folder, { recursive: true });
      await server.close();
    }
  },
);

import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createFulfillmentClient,
  type Ledger,
  memoryLedger,
  settleOrder,
  submitOrder,
} from "juniper-fulfillment";
import { fileLedger } from "juniper-fulfillment/stores";
import { expect, test } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { startScriptedServer } from "../../scripts/samples/scripted-server.ts";

const missing = process.platform === "win32" ? " (skipped: Windows has no named pipes among its files)" : "";

test.skipIf(missing !== "")(
  `files that hang hold up neither an order whose ledger is elsewhere, nor any call beyond its deadline${missing}`,
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "stuck-"));
    const fifo = join(folder, "fifo");
    execFileSync("mkfifo", [fifo]);
    const server = await startScriptedServer(({ body }) => ({
      status: 201,
      json: body ? { ...JSON.parse(body), id: "o-1" } : {},
    }));
    const client = createFulfillmentClient({ accessToken: "t", baseUrl: server.origin });
    await client.warmup().catch(() => {});
    server.requests.length = 0;
    const onDisk = fileLedger(join(folder, "ledger"));
    await onDisk.get("made before the disk hangs");
    // More than the threads that a process has for files, and for what Web Crypto does.
    const opening = Array.from({ length: 16 }, () => open(fifo, "r"));
    try {
      const submit = (ledger: Ledger, deadlineMs: number) =>
        submitOrder(client, orderRequest, { reference: "r-1", ledger, deadlineMs });
      await expect(submit(onDisk, 300)).rejects.toThrow("The ledger failed");
      const settling = settleOrder(client, {
        ...{ reference: "r-1", ledger: onDisk, deadlineMs: 300 },
        as: "not-placed",
      });
      await expect(settling).rejects.toThrow("The ledger failed");
      expect(server.requests).toEqual([]);
      expect((await submit(memoryLedger(), 30_000)).outcome).toBe("created");
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

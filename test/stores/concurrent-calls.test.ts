import { OutcomeUnknownError, type SubmitOrderOptions } from "juniper-fulfillment";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { beginEachTestAs, endOf, hourMs, type OrderWorld } from "../support/order-world.ts";
import { postgresMissing, startPostgresServer } from "../support/postgres-server.ts";
import { redisMissing, startRedisServer, type TestServer } from "../support/redis-server.ts";
import {
  type OpenStore,
  openFolder,
  openMemory,
  openPglite,
  openPool,
  redisClients,
  startFolder,
} from "./stores.ts";

let partner: OrderWorld;
let begun = 0;
beginEachTestAs((next) => {
  partner = next;
  // The ledgers outlive a test, so no two tests may have orders of one name.
  const test = begun++;
  partner.world.idOf = (number) => `order-${test}-${number}`;
});

const ledgers = [
  { name: "memoryLedger", missing: "", open: openMemory, start: undefined },
  { name: "fileLedger", missing: "", open: openFolder, start: startFolder },
  { name: "redisStore", missing: redisMissing, open: redisClients["ioredis 6"], start: startRedisServer },
  { name: "sqlLedger on PGlite", missing: "", open: openPglite, start: undefined },
  { name: "sqlLedger on PostgreSQL", missing: postgresMissing, open: openPool, start: startPostgresServer },
];
const rounds = 6;

for (const { name, missing, open, start } of ledgers) {
  describe.skipIf(missing !== "")(
    `calls at the same time for one reference, on two connections: ${name}${missing}`,
    () => {
      let server: TestServer | undefined;
      let stores: OpenStore[];
      beforeAll(async () => {
        server = await start?.();
        const first = await open(server?.url ?? "");
        // What lives in one process alone is one for both.
        stores = [first, start === undefined ? first : await open(server?.url ?? "")];
      });
      afterAll(async () => {
        for (const store of new Set(stores)) await store.close();
        await server?.close();
      });

      /** By the first or the second connection, an order that no other reference has. */
      const submit = (which: 0 | 1, reference: string, options: Partial<SubmitOrderOptions> = {}) => {
        const customer = { ...orderRequest.customer, sourceId: reference };
        const own = { reference, ledger: stores[which]?.store, lookup: { timeoutMs: 1 } };
        return endOf(partner.submit({ ...own, ...options }, { ...orderRequest, customer }));
      };
      const settle = (which: 0 | 1, reference: string, as: "not-placed" | { orderId: string }) =>
        endOf(partner.settle(as, { reference, ledger: stores[which]?.store as never, withoutLooking: true }));
      const ordersOf = (reference: string) =>
        partner.world.orders.filter(({ customer }) => Object(customer).sourceId === reference);
      const leaveUnknown = async (reference: string) => {
        partner.strike("reset before headers, nothing done");
        expect(await submit(0, reference)).toBeInstanceOf(OutcomeUnknownError);
        partner.clockMs += hourMs;
      };
      const resend = { resend: { afterMs: 0 } };

      test("submit it once", async () => {
        for (let round = 0; round < rounds; round++) {
          const reference = `${name} submit ${round}`;
          const ends = await Promise.all(
            ([0, 1, 0, 1] as const).map((which) =>
              submit(which, reference, { lookup: { timeoutMs: 10_000 } }),
            ),
          );
          expect(
            ends.filter((end) => end === "created"),
            String(ends),
          ).toHaveLength(1);
          expect(ordersOf(reference)).toHaveLength(1);
          expect(await submit(1, reference)).toBe("already-submitted");
        }
      });

      test("send it again once, also when it is settled as not placed at that moment", async () => {
        for (let round = 0; round < rounds; round++) {
          const reference = `${name} resend ${round}`;
          await leaveUnknown(reference);
          const ends = await Promise.all([
            submit(0, reference, resend),
            settle(1, reference, "not-placed"),
            submit(1, reference, resend),
            settle(0, reference, "not-placed"),
          ]);
          expect(ordersOf(reference).length, String(ends)).toBeLessThanOrEqual(1);
          partner.clockMs += hourMs;
          // Whoever came first, it is either placed, or free, or found now.
          expect(await submit(0, reference), String(ends)).toBeTypeOf("string");
          expect(ordersOf(reference)).toHaveLength(1);
          expect(await submit(1, reference)).toBe("already-submitted");
        }
      });

      test("settle it in one of two ways, and not in both", async () => {
        for (let round = 0; round < rounds; round++) {
          const reference = `${name} settle ${round}`;
          partner.strike("commit, then drop", "503 without", "503 without", "503 without", "503 without");
          await submit(0, reference);
          partner.strike();
          partner.clockMs += hourMs;
          const orderId = ordersOf(reference)[0]?.id ?? "";
          const ends = await Promise.all([
            settle(0, reference, "not-placed"),
            settle(1, reference, { orderId }),
          ]);
          expect(
            ends.filter((end) => typeof end === "string"),
            String(ends),
          ).toHaveLength(1);
          const after = await submit(0, reference);
          if (ends.includes("placed")) expect(after).toBe("already-submitted");
          // A person has said that it was not placed: then, and only then, there is a second one.
          expect(ordersOf(reference)).toHaveLength(ends.includes("not-placed") ? 2 : 1);
        }
      });
    },
  );
}

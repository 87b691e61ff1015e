/** As in calls.test-d.ts, with the clients of Redis and SQL databases that the stores are made for. */
import type { PGlite } from "@electric-sql/pglite";
import { Redis } from "ioredis";
import { createFulfillmentClient, type FulfillmentClient, submitOrders } from "juniper-fulfillment";
import { fileLedger, redisStore, sqlLedger } from "juniper-fulfillment/stores";
import pg from "pg";
import { createClient as createRedisClient } from "redis";

declare const client: FulfillmentClient;

export function stores(): void {
  const store = redisStore(new Redis());
  redisStore(createRedisClient());
  sqlLedger(new pg.Pool());
  sqlLedger({} as pg.Client);
  sqlLedger({} as PGlite);
  createFulfillmentClient({ accessToken: "token", tokenStore: store });
  submitOrders(client, [], { ledger: store });
  submitOrders(client, [], { ledger: sqlLedger(new pg.Pool()), giveUpAfterMs: 60_000 });
  submitOrders(client, [], { ledger: fileLedger("/var/lib/shop/orders") });
  createFulfillmentClient({ accessToken: "token", tokenStore: fileLedger("/var/lib/shop/tokens") });
  // @ts-expect-error: a file's handle is no path.
  fileLedger(7);
  // @ts-expect-error: a URL is no client.
  redisStore("redis://localhost");
  // @ts-expect-error: Redis is no SQL database.
  sqlLedger(new Redis());
}

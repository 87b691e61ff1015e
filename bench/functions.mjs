/**
 * What the functions of this package add to what they are made of. The first row of each group is that: a bare call, a bare
 * HMAC, a loop by hand.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { join } from "node:path";
import {
  createFulfillmentClient,
  memoryLedger,
  paginate,
  submitOrder,
  verifyWebhook,
} from "juniper-fulfillment";
import { fileLedger, redisStore, sqlLedger } from "juniper-fulfillment/stores";
import { orderRequest, webhookEvent } from "./orders.mjs";

const secret = "a-webhook-secret";

/** Each row makes what it needs when it is called, and resolves with what one sample calls. */
export function createFunctions({ origin, folder, redisUrl, postgresUrl }) {
  const client = () =>
    createFulfillmentClient({
      clientId: "partner",
      clientSecret: "secret",
      baseUrl: `${origin}/v1`,
      tokenUrl: `${origin}/oauth2/token`,
    });
  return {
    submitOrder: {
      "client.POST": async () => {
        const caller = client();
        return async () => (await caller.POST("/orders", { body: orderRequest })).data.id;
      },
      memory: async () => submitting(client(), memoryLedger()),
      file: async () => submitting(client(), fileLedger(join(folder, String(process.pid)))),
      ...(redisUrl && {
        Redis: async () => {
          const { Redis } = await import("ioredis");
          return submitting(client(), redisStore(new Redis(redisUrl)));
        },
      }),
      ...(postgresUrl && {
        PostgreSQL: async () => {
          const { default: pg } = await import("pg");
          return submitting(client(), sqlLedger(new pg.Pool({ connectionString: postgresUrl })));
        },
      }),
    },
    verifyWebhook: {
      "HMAC and JSON.parse": async () => async () => verifyByHand(delivery()).order.orderId,
      verifyWebhook: async () => async () => (await verifyWebhook({ ...delivery(), secret })).order.orderId,
    },
    paginate: {
      "loop by hand": async () => {
        const caller = client();
        return () => countByHand(caller);
      },
      paginate: async () => {
        const caller = client();
        return () => countPaginated(caller);
      },
    },
  };
}

let submitted = 0;

/** An order of a customer of its own each, by a reference of its own. */
function submitting(client, ledger) {
  return async () => {
    const reference = `bench-${process.pid}-${submitted++}`;
    const order = { ...orderRequest, customer: { ...orderRequest.customer, sourceId: reference } };
    return (await submitOrder(client, order, { reference, ledger })).order.id;
  };
}

/** One delivery, signed now, as a server receives it. It is made once a second: signing is not what is measured. */
function delivery() {
  const timestamp = Math.floor(Date.now() / 1000);
  if (kept?.timestamp !== timestamp) {
    const payload = Buffer.from(JSON.stringify(webhookEvent));
    const signature = createHmac("sha256", secret).update(`${timestamp}.`).update(payload).digest("hex");
    kept = { timestamp, delivery: { payload, signature: `t=${timestamp},v1=${signature}` } };
  }
  return kept.delivery;
}

let kept;

/** What a careful handler writes by hand. */
function verifyByHand({ payload, signature }) {
  const [, timestamp, given] = /^t=(\d+),v1=([\da-f]{64})$/.exec(signature);
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) throw new Error("too old");
  const expected = createHmac("sha256", secret).update(`${timestamp}.`).update(payload).digest();
  if (!timingSafeEqual(expected, Buffer.from(given, "hex"))) throw new Error("no match");
  return JSON.parse(payload.toString());
}

async function countByHand(client) {
  let count = 0;
  let cursor;
  do {
    const { data } = await client.GET("/orders", { params: { query: { limit: 100, cursor } } });
    for (const order of data.orders) if (order.id) count++;
    cursor = data.cursor;
  } while (cursor);
  return count;
}

async function countPaginated(client) {
  let count = 0;
  for await (const order of paginate(client, "/orders")) if (order.id) count++;
  return count;
}

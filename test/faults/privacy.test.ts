import { format, inspect } from "node:util";
import fc from "fast-check";
import {
  createFulfillmentClient,
  createTokenSource,
  type FulfillmentClient,
  fromEnv,
  type OrderRequest,
  signWebhook,
  submitOrder,
  unwrap,
  verifyWebhook,
  webhookHandler,
} from "juniper-fulfillment";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Fault,
  faults,
  type OrderBackend,
  startOrderBackend,
} from "../../scripts/faults/order-backend.ts";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { startScriptedServer } from "../../scripts/samples/scripted-server.ts";

/** What must never be seen. Every value of a customer or a credential begins with it. */
const mark = "TOPSECRET";

const marked = fc
  .string({ unit: "grapheme", maxLength: 12 })
  .map((text) => `${mark}${text.replaceAll("\0", "")}`);

const secretOrder: fc.Arbitrary<OrderRequest> = fc
  .record({
    firstName: marked,
    lastName: marked,
    email: marked,
    phone: marked,
    sourceId: marked,
    line1: marked,
    zipCode: marked,
  })
  .map(
    ({ line1, zipCode, ...customer }): OrderRequest => ({
      ...orderRequest,
      customer: { ...customer, address: { line1, city: mark, state: "CA", zipCode } },
    }),
  );

let backend: OrderBackend;
beforeAll(async () => {
  backend = await startOrderBackend();
});
afterAll(() => backend.close());

/** Every form in which a value commonly reaches a log. */
function shownForms(value: unknown): string {
  const stack = value instanceof Error ? value.stack : "";
  return [
    String(value),
    stack,
    inspect(value, { depth: 12 }),
    format("%o %O %j", value, value, value),
    JSON.stringify(value),
  ].join("\n");
}

/** Makes all calls that hold something secret, and returns all that they could have logged. */
async function exercise(
  client: FulfillmentClient,
  order: OrderRequest,
  log: unknown[],
  most = 99,
): Promise<void> {
  const path = { orderId: `${mark}-id` };
  const calls = [
    () => client.POST("/orders", { body: order }).then(unwrap),
    () => client.GET("/orders/{orderId}", { params: { path } }).then(unwrap),
    () =>
      client
        .GET("/protocols", { params: { query: { search: mark } }, headers: { "x-note": mark } })
        .then(unwrap),
    () => client.PATCH("/partners/settings", { body: { supportEmail: mark, phone: mark } }).then(unwrap),
    () => client.GET("/partners/settings/webhook-secret").then(unwrap),
    () => submitOrder(client, order, { reference: `${mark}-reference`, lookup: { timeoutMs: 1 } }),
    () => client.GET("/orders/{orderId}", { params: { path: { orderId: `${mark}/..` } } }),
    () => client.GET("/orders", { headers: { "x-note": `${mark}\r\n` } }),
    () =>
      client.POST("/orders", {
        body: { ...order, lineItems: [{ ...order.lineItems[0], quantity: 99 }] as never },
      }),
  ];
  for (const call of calls.slice(0, most)) await call().catch((error: unknown) => log.push(error));
}

function createSecretClient(baseUrl: string, tokenUrl: string, log: unknown[]): FulfillmentClient {
  const note = (info: unknown) => void log.push(info);
  const hooks = {
    onRequest: note,
    onResponse: note,
    onRetry: note,
    onToken: note,
    onStoreError: note,
    onDiscrepancy: note,
  };
  const credentials = { clientId: `${mark}-client`, clientSecret: `${mark}-secret` };
  return createFulfillmentClient({
    ...credentials,
    ...hooks,
    baseUrl,
    tokenUrl,
    maxRetries: 0,
    timeoutMs: 150,
  });
}

describe("nothing secret is shown", () => {
  for (const fault of Object.keys(faults) as Fault[]) {
    test(`when the trouble is: ${fault}`, async () => {
      await fc.assert(
        fc.asyncProperty(secretOrder, async (order) => {
          const name = `privacy-${fault.replace(/\W/g, "-")}`;
          const world = backend.world(name);
          world.nextFault = () => fault;
          const log: unknown[] = [];
          const client = createSecretClient(
            `${backend.origin}/${name}/v1`,
            `${backend.origin}/${name}/token`,
            log,
          );
          await exercise(client, order, log);
          expect(log.length).toBeGreaterThan(3);
          for (const entry of [...log, client]) expect(shownForms(entry)).not.toContain(mark);
        }),
        { numRuns: 3 },
      );
    });
  }

  const bodies = [
    (text: string) => ({ json: { detail: text } }),
    (text: string) => ({ json: { detail: [{ loc: ["body", text], type: text, input: text }] } }),
    (text: string) => ({ json: { error: text, error_description: text } }),
    (text: string) => ({ text: `<html>${text}</html>`, headers: { "content-type": "text/html" } }),
    (text: string) => ({ text: `{"detail": "${text}`, headers: { "content-type": "application/json" } }),
  ];
  for (const status of [200, 302, 400, 401, 404, 422, 429, 500]) {
    test(`when the API or the token endpoint echoes it in a ${status}`, async () => {
      for (const [index, body] of bodies.entries()) {
        for (const where of ["api", "token"]) {
          const server = await startScriptedServer(({ path }) => {
            const isToken = path === "/token";
            const token = { access_token: `${mark}-token`, token_type: "Bearer", expires_in: 3600 };
            if (isToken && where === "api") return { json: token };
            const headers = { location: `https://${mark}.example`, "x-request-id": `<${mark}>` };
            const answer =
              isToken && index === 0 && status === 200
                ? { json: { ...token, token_type: mark } }
                : body(mark);
            return {
              ...answer,
              status,
              headers: { ...headers, ...("headers" in answer ? answer.headers : {}) },
            };
          });
          const log: unknown[] = [];
          const client = createSecretClient(`${server.origin}/v1`, `${server.origin}/token`, log);
          // After a failure the next request to the token endpoint waits a while.
          await exercise(client, orderRequest, log, where === "token" ? 1 : 99);
          await server.close();
          expect(log.length).toBeGreaterThan(0);
          for (const entry of [...log, client]) expect(shownForms(entry)).not.toContain(mark);
        }
      }
    });
  }

  test("by a token source, by what fromEnv returns, or by an error of the options", () => {
    const env = { JUNIPER_CLIENT_ID: "id", JUNIPER_CLIENT_SECRET: `${mark}-secret` };
    const options = fromEnv(env);
    const refused = (() => {
      try {
        return createFulfillmentClient({ ...options, baseUrl: `http://${mark}.example` });
      } catch (error) {
        return error;
      }
    })();
    for (const entry of [options, { ...options }, createTokenSource(options), refused])
      expect(shownForms(entry)).not.toContain(mark);
  });

  test("by a refused webhook or its handler", async () => {
    const log: unknown[] = [];
    const secret = `${mark}-webhook-secret`;
    const onRefused = (error: unknown): unknown => log.push(error);
    const handle = webhookHandler({ secret, onEvent: () => {}, onRefused, onError: onRefused });
    const signed = async (body: string) => signWebhook({ payload: body, secret });
    const parsed = { order: { customer: mark } } as never;
    for (const body of [`{"${mark}`, `{"order":"${mark}"}`]) {
      for (const signature of [await signed(body), await signed("other"), `t=${mark},v1=${mark}`, mark]) {
        const headers = { "x-juniper-signature": signature };
        const answer = await handle(new Request("http://localhost/", { method: "POST", headers, body }));
        expect(answer.status).toBe(400);
        expect(await answer.text()).not.toContain(mark);
        await verifyWebhook({ payload: body, signature, secret }).catch(onRefused);
        await verifyWebhook({ payload: parsed, signature, secret }).catch(onRefused);
        await verifyWebhook({ payload: body, signature, secret: `${secret} ` }).catch(onRefused);
      }
    }
    expect(log).toHaveLength(32);
    for (const entry of [...log, handle]) expect(shownForms(entry)).not.toContain(mark);
  });

  test("by a custom fetch that hangs the request on its error", async () => {
    const log: unknown[] = [];
    const fetch = (request: Request): Promise<Response> =>
      Promise.reject(
        Object.assign(new TypeError(`no ${mark}`), { request, config: { data: mark }, cause: { mark } }),
      );
    const client = createFulfillmentClient({ accessToken: `${mark}-token`, fetch, maxRetries: 0 });
    await exercise(client, orderRequest, log);
    for (const entry of log) expect(shownForms(entry)).not.toContain(mark);
  });
});

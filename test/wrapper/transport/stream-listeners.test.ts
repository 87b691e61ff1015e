import { getEventListeners } from "node:events";
import { createFulfillmentClient } from "juniper-fulfillment";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ScriptedServer, startScriptedServer } from "../../../scripts/samples/scripted-server.ts";

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScriptedServer(() => ({ json: { orders: [] } }));
});
afterAll(() => server.close());

test("streams leave no listener on a signal that lives long", async () => {
  const { signal } = new AbortController();
  const client = createFulfillmentClient({ accessToken: "t", baseUrl: server.origin });
  for (let number = 0; number < 10; number++) {
    const { data } = await client.GET("/orders", { parseAs: "stream", signal });
    const body = data as unknown as ReadableStream<Uint8Array>;
    if (number % 2 === 0) await new Response(body).text();
    else await body.cancel();
  }
  expect(getEventListeners(signal, "abort").length).toBe(0);
});

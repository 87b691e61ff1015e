/** Compiled by `tsc`, never run: what the mock takes, and what it must not. */
import { startMockServer } from "juniper-fulfillment/testing";

const mock = await startMockServer();
const stateful = await startMockServer({ stateful: true, seed: "a" });

mock.fault("POST /orders", { status: 503 }, { delayMs: 50 }, { reset: true, times: 2 });
mock.fault("PUT /protocols/{protocolId}", { commitThenDrop: true, delayMs: 50 });
mock.fault("POST /oauth2/token", { status: 429, retryAfterSeconds: 1 });
// @ts-expect-error: there is no such path.
mock.fault("POST /order", { status: 503 });
// @ts-expect-error: that path has no such method.
mock.fault("DELETE /orders", { status: 503 });
// @ts-expect-error: a fault is something.
mock.fault("POST /orders", { times: 2 });
// @ts-expect-error: it strikes or it does not.
mock.fault("POST /orders", { reset: false });
// @ts-expect-error: it strikes in one way.
mock.fault("POST /orders", { status: 500, reset: true });
// @ts-expect-error: it is carried out, or it is not.
mock.fault("POST /orders", { commitThenDrop: true, reset: true });

const statuses: (number | undefined)[] = (await stateful.advance("o", "SHIPPED", { hold: true })).map(
  ({ status }) => status,
);
export const last: string | undefined = stateful.orders.at(-1)?.totalPrice;
// @ts-expect-error: there is no such status.
await stateful.advance("o", "LOST");
// @ts-expect-error: a plain mock keeps no orders.
mock.advance("o", "SHIPPED");
// @ts-expect-error: only a stateful mock has a seed.
await startMockServer({ seed: "a" });
// @ts-expect-error: orders are read, not written.
stateful.orders.push();
console.log(statuses);

import { setTimeout as delay } from "node:timers/promises";
import {
  type FulfillmentClient,
  type Ledger,
  listUnsettledOrders,
  type OrderRequest,
  OutcomeUnknownError,
  settleOrder,
  submitOrder,
  type UnsettledOrder,
} from "juniper-fulfillment";
import type { StatefulMockServer } from "juniper-fulfillment/testing";
import { detail, type Step } from "./steps.ts";

interface Desk {
  readonly mock: StatefulMockServer;
  readonly client: FulfillmentClient;
  readonly step: Step;
  readonly ledger: Ledger;
}

/** Shows what an operator does when no call could find out what became of an order. */
export async function settleADoubt({ mock, client, step, ledger }: Desk, order: OrderRequest): Promise<void> {
  const reference = "2026-000124";
  // On one machine all clocks agree.
  const lookup = { timeoutMs: 500, clockSkewMs: 0 };
  const options = { reference, ledger, deadlineMs: 4_000, lookup };
  const before = mock.orders.length;
  mock.fault("POST /orders", { reset: true });
  const doubt = await step("Lose an order on its way", () =>
    submitOrder(client, order, options).catch((error: unknown) => error),
  );
  if (!(doubt instanceof OutcomeUnknownError)) throw new Error("The outcome should be unknown.");
  detail(`${doubt.name}: the connection broke, and no such order is listed. It may still come`);

  const unsettled: UnsettledOrder[] = [];
  await step("List what is in doubt", async () => {
    for await (const one of listUnsettledOrders(ledger, { olderThanMs: 0 })) unsettled.push(one);
  });
  for (const { reference: name, sends, sinceMs } of unsettled) {
    detail(
      `${name}, sent ${sends === 1 ? "once" : `${sends} times`}, since ${new Date(sinceMs).toISOString()}`,
    );
  }

  const settled = await step("Look for it, and settle it", async () => {
    // Earlier it would be refused: the call might still be at work. The mock's list is never behind.
    await delay(Math.max(0, (unsettled[0]?.overAtMs ?? 0) - Date.now()));
    return settleOrder(client, { reference, ledger, as: "not-placed", clockSkewMs: 0, listDelayMs: 0 });
  });
  detail(`${settled.reference}: ${settled.outcome}. The reference is free again`);

  const { outcome, order: placed } = await step("Submit it once more", () =>
    submitOrder(client, order, options),
  );
  detail(`${placed.id}: ${outcome}. Orders stored: ${mock.orders.length - before}`);
}

import type { Meter } from "@opentelemetry/api";
import type { Ledger } from "../orders/ledger.ts";
import { listUnsettledOrders } from "../orders/list-unsettled.ts";
import { callAttributes, endAttributes, serverAttributes } from "./attributes.ts";
import type { Follower } from "./follow.ts";

/** In seconds: those of the conventions for the duration of requests, and what a call with its retries may take. */
const boundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 120];

/** Counts and measures what the channels tell. */
export function followMetrics(meter: Meter): Readonly<Record<"call" | "token" | "submit", Follower>> {
  const count = (name: string, unit: string, description: string) =>
    meter.createCounter(`juniper_fulfillment.${name}`, { unit, description });
  const calls = count("calls", "{call}", "Calls of the API, by how they ended.");
  const retries = count("retries", "{attempt}", "Attempts beyond the first.");
  const tokens = count("tokens", "{token}", "Requests for an access token.");
  const orders = count("orders", "{order}", "Submissions of orders, by their outcome.");
  const duration = meter.createHistogram("juniper_fulfillment.call.duration", {
    unit: "s",
    description: "How long calls take, with their retries.",
    advice: { explicitBucketBoundaries: boundaries },
  });
  return {
    call: {
      asyncEnd(told) {
        const attributes = { ...callAttributes(told), ...endAttributes(told) };
        calls.add(1, attributes);
        const { durationMs = 0, attempts = 0 } = told;
        duration.record(durationMs / 1000, attributes);
        if (attempts > 1) retries.add(attempts - 1, callAttributes(told));
      },
    },
    token: {
      asyncEnd({ server, error }) {
        tokens.add(1, { ...serverAttributes(server), ...endAttributes({ error }) });
      },
    },
    submit: {
      asyncEnd: ({ outcome = "failed" }) => orders.add(1, { "juniper_fulfillment.outcome": outcome }),
    },
  };
}

/**
 * Tells with each collection how many orders of a ledger are of unknown outcome.
 *
 * @returns What ends it.
 * @throws {ConfigurationError} for a ledger that has no `list`.
 */
export function observeUnsettled(meter: Meter, ledger: Ledger, olderThanMs?: number): () => void {
  const list = () => listUnsettledOrders(ledger, { olderThanMs });
  // A ledger that can't list says so now, and not in every collection.
  list();
  const gauge = meter.createObservableGauge("juniper_fulfillment.orders.unsettled", {
    unit: "{order}",
    description: "Orders of the ledger that may or may not exist.",
  });
  const observe = async (result: { observe(value: number): void }): Promise<void> => {
    let unsettled = 0;
    for await (const _ of list()) unsettled++;
    result.observe(unsettled);
  };
  gauge.addCallback(observe);
  return () => gauge.removeCallback(observe);
}

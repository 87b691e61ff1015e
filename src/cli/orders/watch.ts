import { parseArgs } from "node:util";
import {
  createFulfillmentClient,
  type Order,
  OrderCancelledError,
  TimeoutError,
  waitForOrder,
} from "juniper-fulfillment";
import { hasReached } from "../../webhooks/order-progress.ts";
import { type Command, exitCodes, UsageError } from "../command.ts";
import { connectionOptions, connectionUsage, readConnection } from "../connection.ts";
import { parseWhole } from "../options.ts";
import { shown } from "../shown.ts";

const usage = `Usage: juniper-fulfillment orders watch ID [--until STATUS] [--timeout MINUTES] [--interval SECONDS] [--json] [OPTIONS]

Polls an order, and prints each status that it reaches, until it reaches the one that you wait for or a later one.

  --until STATUS        PROCESSING, FULFILLED, AWAITING_SHIPMENT, SHIPPED or CANCELLED (default: SHIPPED)
  --timeout MINUTES     how long to wait (default: 60)
  --interval SECONDS    how long to wait between two reads; the first follow each other faster (default: 10)
  --json                print each status as a line of JSON
${connectionUsage}

Exits with 0 when it gets there, and with 1 when the order is cancelled, can't be read, or the time is up.`;

const statuses = ["CREATED", "PROCESSING", "FULFILLED", "AWAITING_SHIPMENT", "SHIPPED", "CANCELLED"];

export const watch: Command = {
  usage,
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...connectionOptions,
        until: { type: "string", default: "SHIPPED" },
        timeout: { type: "string", default: "60" },
        interval: { type: "string", default: "10" },
        json: { type: "boolean", default: false },
      },
    });
    const [orderId, ...rest] = positionals;
    if (orderId === undefined || rest.length > 0) throw new UsageError("Name one order, by its id.");
    const target = values.until.toUpperCase();
    if (!statuses.includes(target)) throw new UsageError(`--until must be one of ${statuses.join(", ")}.`);
    const deadlineMs = parseWhole("timeout", values.timeout, 1, 30_000) * 60_000;
    const intervalMs = parseWhole("interval", values.interval, 1, 3_600) * 1_000;
    const client = createFulfillmentClient(readConnection(values, terminal.env).options);
    let latest: string | undefined;
    const until = (order: Order): boolean => {
      const { status } = order;
      if (status !== latest) terminal.print(values.json ? lineOf(order) : shown(describe(order)));
      latest = status;
      return hasReached(status, target);
    };
    try {
      await waitForOrder(client, orderId, { until, deadlineMs, intervalMs, signal: terminal.signal });
      return exitCodes.ok;
    } catch (error) {
      if (!(error instanceof OrderCancelledError) && !(error instanceof TimeoutError)) throw error;
      const isTime = error instanceof TimeoutError;
      terminal.note(isTime ? `The order did not reach ${target} in time.` : "The order was cancelled.");
      return exitCodes.failed;
    }
  },
};

function lineOf({ id, status, updatedAt, fulfillmentInfo }: Order): string {
  return JSON.stringify({ id, status, updatedAt, fulfillmentInfo });
}

function describe({ status, updatedAt, fulfillmentInfo }: Order): string {
  const { carrier, trackingNumber } = fulfillmentInfo ?? {};
  const parcel = [carrier, trackingNumber].filter(Boolean).join(" ");
  const when = updatedAt === undefined ? "" : `${updatedAt}  `;
  return `${when}${status ?? "no status"}${parcel === "" ? "" : `  ${parcel}`}`;
}

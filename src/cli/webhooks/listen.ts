import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import {
  createFulfillmentClient,
  type FulfillmentClient,
  FulfillmentError,
  type Order,
  orderChanges,
  unwrap,
} from "juniper-fulfillment";
import { fileLedger } from "juniper-fulfillment/stores";
import { type Command, CommandError, exitCodes, type Terminal, UsageError } from "../command.ts";
import { connectionOptions, connectionUsage, readConnection } from "../connection.ts";
import { codeOf } from "../error-code.ts";
import { parseUrl, parseWhole } from "../options.ts";
import { shown } from "../shown.ts";
import { type Delivered, deliver, describeDelivery, isAccepted } from "./deliver.ts";

const usage = `Usage: juniper-fulfillment listen --forward-to URL [--state FOLDER] [--json] [OPTIONS]

Polls the API for changed orders, and delivers each to a webhook receiver as the vendor would, signed with the partner's
secret, so that you can develop a receiver without a tunnel. It delivers the latest state of an order, not every step. It
writes nothing at the vendor. It runs until you stop it with Ctrl+C.

While the receiver is down, or responds with 408, 409, 429 or a 5xx, the delivery is retried. Any other rejection is printed, and
the next delivery follows.

  --forward-to URL      the receiver, such as http://localhost:3000/webhooks
  --secret SECRET       the webhook secret (default: JUNIPER_WEBHOOK_SECRET, or else the one that the API returns)
  --state FOLDER        where to remember what was delivered, to resume from there the next time
  --since TIME          where the very first poll begins, such as 2026-01-31 (default: a day ago)
  --interval SECONDS    how often to poll (default: 5)
  --json                print each delivery as a line of JSON
${connectionUsage}

Exits with 0 when you stop it, and with 1 when the API refuses a request.`;

/** How long to wait after a delivery that failed, in milliseconds: at first, and at the most. */
const firstWaitMs = 500;
const longestWaitMs = 15_000;

export const listen: Command = {
  usage,
  async run(args, terminal) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...connectionOptions,
        "forward-to": { type: "string" },
        secret: { type: "string" },
        state: { type: "string" },
        since: { type: "string" },
        interval: { type: "string", default: "5" },
        json: { type: "boolean", default: false },
      },
    });
    const { signal } = terminal;
    const url = parseUrl("forward-to", values["forward-to"]);
    const intervalMs = parseWhole("interval", values.interval, 1, 86_400) * 1_000;
    const since = values.since === undefined ? new Date(Date.now() - 86_400_000) : new Date(values.since);
    if (Number.isNaN(Number(since))) throw new UsageError("--since must be a time, such as 2026-01-31.");
    const client = createFulfillmentClient(readConnection(values, terminal.env).options);
    const secret =
      values.secret ?? (terminal.env.JUNIPER_WEBHOOK_SECRET || (await readSecret(client, signal)));
    const changes = orderChanges(client, {
      ...{ intervalMs, since, signal, name: "listen" },
      store: values.state === undefined ? undefined : fileLedger(values.state),
      onError: (error) => terminal.note(`${messageOf(error)} The next poll tries again.`),
    });
    terminal.note("Waiting for orders to change. Stop it with Ctrl+C.");
    try {
      for await (const order of changes) {
        const delivered = await deliverAtLast(url, payloadOf(order), secret, terminal);
        if (delivered === undefined) break;
        const what = { orderId: order.id, orderStatus: order.status, ...delivered };
        terminal.print(
          values.json
            ? JSON.stringify(what)
            : `${shown(`${order.id}  ${order.status ?? "no status"}`)}  ${describeDelivery(delivered)}`,
        );
      }
    } catch (error) {
      if (signal.aborted) return exitCodes.ok;
      if (values.state === undefined || error instanceof FulfillmentError) throw error;
      throw new CommandError(`The folder of --state can't be read or written${codeOf(error)}.`);
    }
    return exitCodes.ok;
  },
};

/** @throws {UsageError} when the partner has none. */
async function readSecret(client: FulfillmentClient, signal: AbortSignal): Promise<string> {
  const result = await client.GET("/partners/settings/webhook-secret", { signal });
  const secret = result.response.status === 404 ? undefined : Object(unwrap(result)).webhookSecret;
  if (typeof secret === "string" && secret !== "") return secret;
  throw new UsageError("The partner has no webhook secret yet. Pass the one to sign with: --secret.");
}

/** What the vendor's guide says of a delivery: the identifier is called orderId there (JH-05). */
function payloadOf({ id: orderId, status, fulfillmentInfo, createdAt, updatedAt }: Order): string {
  return JSON.stringify({ order: { orderId, status, fulfillmentInfo, createdAt, updatedAt } });
}

/** Delivers until the receiver has taken or refused it. Undefined when the command was stopped before that. */
async function deliverAtLast(
  url: URL,
  payload: string,
  secret: string,
  { note, signal }: Terminal,
): Promise<Delivered | undefined> {
  const webhookId = randomUUID();
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
    const delivered = await deliver(url, payload, { secret, webhookId, signal });
    if (signal.aborted && !isAccepted(delivered.status)) return undefined;
    if (!mayPass(delivered.status)) return delivered;
    // Once is enough: a receiver that is being restarted is no news.
    if (waitMs === firstWaitMs) note(`${describeDelivery(delivered)}. It is retried.`);
    try {
      await sleep(waitMs, undefined, { signal });
    } catch {
      return undefined;
    }
  }
}

function mayPass(status: number | undefined): boolean {
  // webhookHandler's 409 is of an order whose earlier delivery is still being handled.
  return status === undefined || [408, 409, 429].includes(status) || status >= 500;
}

function messageOf(error: unknown): string {
  return error instanceof FulfillmentError ? error.message : "The API can't be read.";
}

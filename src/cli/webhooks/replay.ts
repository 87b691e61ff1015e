import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { parseArgs } from "node:util";
import { type Command, exitCodes, UsageError } from "../command.ts";
import { linesOf } from "../lines-of.ts";
import { parseUrl } from "../options.ts";
import { deliver, describeDelivery, isAccepted, secretFrom } from "./deliver.ts";

const usage = `Usage: juniper-fulfillment replay FILE --to URL [--secret SECRET] [--json]

Sends recorded deliveries to a webhook receiver again, each with a new signature. Each line of FILE is a delivery: the JSON
body as the vendor sent it, or an object with that body as a string in "payload" (and "webhookId", to keep the same one).
"-" reads from standard input. Exits with 1 unless the receiver responds to each with a 2xx.

  --to URL         the receiver, such as http://localhost:3000/webhooks
  --secret SECRET  the webhook secret (default: JUNIPER_WEBHOOK_SECRET, which other users of this machine can't see)
  --json           print each delivery as a line of JSON`;

const options = {
  to: { type: "string" },
  secret: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

export const replay: Command = {
  usage,
  async run(args, { env, print, note, signal }) {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [file, ...rest] = positionals;
    if (file === undefined || rest.length > 0) throw new UsageError("Name one file of recorded deliveries.");
    const url = parseUrl("to", values.to);
    const secret = secretFrom(values.secret, env);
    // All lines are looked at before the first is sent: half a file that was replayed is hard to go on from.
    const recorded = await readRecorded(file, signal);
    let accepted = 0;
    for (const { payload, webhookId } of recorded) {
      if (signal.aborted) break;
      const delivered = await deliver(url, payload, { secret, webhookId, signal });
      if (isAccepted(delivered.status)) accepted++;
      print(values.json ? JSON.stringify(delivered) : describeDelivery(delivered));
    }
    if (!values.json) note(`${accepted} of ${recorded.length} deliveries were accepted.`);
    return accepted === recorded.length && !signal.aborted ? exitCodes.ok : exitCodes.failed;
  },
};

interface Recorded {
  readonly payload: string;
  readonly webhookId: string;
}

/**
 * @throws {UsageError} for a file that can't be read, or a line that isn't a delivery. The message holds only the line's
 * number.
 */
async function readRecorded(file: string, signal: AbortSignal): Promise<Recorded[]> {
  const input = file === "-" ? process.stdin : createReadStream(file);
  const recorded: Recorded[] = [];
  let number = 0;
  try {
    for await (const line of linesOf(input, signal)) {
      number++;
      const json = number === 1 ? line.replace(/^\ufeff/, "") : line;
      if (json.trim() !== "") recorded.push(readLine(json, number));
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const code = error instanceof Error && "code" in error ? ` (${error.code})` : "";
    throw new UsageError(`The file can't be read${code}.`);
  }
  if (recorded.length === 0 && !signal.aborted) throw new UsageError("The file contains no deliveries.");
  return recorded;
}

function readLine(line: string, number: number): Recorded {
  const value = parse(line);
  if (value === undefined) throw new UsageError(`Line ${number} is not JSON.`);
  const { payload, webhookId } = Object(value) as Record<string, unknown>;
  const id = typeof webhookId === "string" && /^[\w.-]+$/.test(webhookId) ? webhookId : randomUUID();
  if (typeof payload === "string" && /[\ud800-\udfff]/u.test(payload)) {
    throw new UsageError(`Line ${number} contains half of a surrogate pair, which no delivery can.`);
  }
  // What goes to a receiver is signed, and is to be what the vendor sent: a file of orders holds data of customers.
  if (!isDelivery(typeof payload === "string" ? parse(payload) : value)) {
    throw new UsageError(
      `Line ${number} isn't a delivery, which has order.orderId and order.status. Nothing was sent.`,
    );
  }
  // The bytes are what the vendor signed: they are sent as they stand in the file.
  return { payload: typeof payload === "string" ? payload : line, webhookId: id };
}

/** Undefined for what is not JSON. */
function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isDelivery(event: unknown): boolean {
  const { orderId, status } = Object(Object(event).order);
  return [orderId, status].every((value) => typeof value === "string" && value !== "");
}

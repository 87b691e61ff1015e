import { createHash } from "node:crypto";
import type { Partner } from "./partner.ts";
import { StoppedCall } from "./stopped-call.ts";

/** A call that is stopped at each of its steps, once for each. */
interface Scenario {
  readonly name: string;
  /** What has happened before. */
  readonly before?: (partner: Partner, reference: string) => Promise<unknown>;
  readonly call: (partner: Partner, reference: string) => Promise<unknown>;
  /** Whether it deletes what has expired, which one of two hundred does. */
  readonly isSweeping?: boolean;
  /** Whether several of them change the same keys. One that stops with a key's lock would hold up all others. */
  readonly sharesKeys?: boolean;
}

const anHourAgo = { hour: -1 } as const;
const resend = { resend: { afterMs: 0 } };

async function leave(
  partner: Partner,
  reference: string,
  reaction: "drop" | "store, then drop",
): Promise<void> {
  // Nothing is sent again while it isn't known in which form orders come back.
  await partner.submit(`${reference}-before`, anHourAgo);
  await partner.submit(reference, { ...anHourAgo, reaction, isHidden: true }).catch(() => {});
}

const scenarios: readonly Scenario[] = [
  { name: "prune", isSweeping: true, before: leaveExpired, call: (partner, ref) => partner.submit(ref) },
  { name: "list", sharesKeys: true, before: leaveListed, call: (partner) => partner.unsettled() },
  { name: "submit", call: (partner, reference) => partner.submit(reference) },
  {
    name: "submit, response lost",
    call: (partner, reference) => partner.submit(reference, { reaction: "store, then drop" }),
  },
  {
    name: "submit, nothing stored",
    call: (partner, reference) => partner.submit(reference, { reaction: "drop" }),
  },
  {
    name: "submit, refused",
    call: (partner, reference) => partner.submit(reference, { reaction: "refuse" }),
  },
  {
    name: "resend",
    before: (partner, reference) => leave(partner, reference, "drop"),
    call: (partner, reference) => partner.submit(reference, {}, resend),
  },
  {
    name: "resend, response lost",
    before: (partner, reference) => leave(partner, reference, "drop"),
    call: (partner, reference) => partner.submit(reference, { reaction: "store, then drop" }, resend),
  },
  {
    name: "settle as placed",
    before: (partner, reference) => leave(partner, reference, "store, then drop"),
    call: (partner, reference) => partner.settle(reference, { orderId: `${reference}.1` }),
  },
  {
    name: "settle as not placed",
    before: (partner, reference) => leave(partner, reference, "drop"),
    call: (partner, reference) => partner.settle(reference, "not-placed"),
  },
];

/** Leaves entries that have expired, where those of a folder are looked for that draw the lowest number. */
async function leaveExpired({ ledger }: Partner, reference: string): Promise<void> {
  for (let number = 0, found = 0; found < 2; number++) {
    const key = `expired:${reference}:${number}`;
    if (!createHash("sha256").update(key).digest("hex").startsWith("00")) continue;
    await ledger.add(key, "value", 1);
    found++;
  }
}

/** Leaves a reference that is placed and still listed: its process was killed before its last step. */
async function leaveListed(partner: Partner, reference: string): Promise<void> {
  const whole = new StoppedCall();
  await whole.run(() => partner.submit(`${reference}-whole`));
  await new StoppedCall(whole.steps - 1).run(() => partner.submit(reference));
}

/**
 * Runs each scenario once in full, to know its steps, and then once for each step, before which it stops for ever.
 *
 * @param hasLocks Whether the ledger locks a key for more than one step.
 * @returns the references of all that were stopped.
 */
export async function stopEverywhere(partner: Partner, hasLocks: boolean): Promise<string[]> {
  // What is written once for each ledger is no step of the calls after this one.
  await partner.submit("first");
  const references: string[] = [];
  for (const scenario of scenarios) {
    if (scenario.sharesKeys && hasLocks) continue;
    const whole = await stop(partner, scenario, Number.POSITIVE_INFINITY);
    const every = [...Array(whole.steps).keys()];
    await inChunks(every, scenario.isSweeping ? 1 : 16, async (at) => {
      await stop(partner, scenario, at);
      references.push(referenceOf(scenario, at));
    });
  }
  return references;
}

async function stop(partner: Partner, scenario: Scenario, at: number): Promise<StoppedCall> {
  const reference = referenceOf(scenario, at);
  await scenario.before?.(partner, reference);
  const call = new StoppedCall(at);
  const random = Math.random;
  if (scenario.isSweeping) drawZeros(2);
  await call.run(() => scenario.call(partner, reference));
  Math.random = random;
  return call;
}

/** So much for chance: the next one who adds something looks for what has expired, and where there is some. */
function drawZeros(count: number): void {
  const random = Math.random;
  let drawn = 0;
  Math.random = () => (drawn++ < count ? 0 : random());
}

function referenceOf({ name }: Scenario, at: number): string {
  return `${name.replaceAll(/\W+/g, "-")}-${at}`;
}

export async function inChunks<Item>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

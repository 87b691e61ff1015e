import { OutcomeUnknownError } from "juniper-fulfillment";
import type { Partner } from "./partner.ts";
import { inChunks } from "./scenarios.ts";

/** What became of a reference whose process was killed. */
export interface Finished {
  readonly reference: string;
  /** What was there when the next process came: how many orders, and whether the reference was listed. */
  readonly stored: number;
  readonly isListed: boolean;
  /** How the same submission ended, made once more. */
  readonly again: string;
  /** How it ended after that, once a person had decided what was unknown, and of which order. */
  readonly end: string;
  readonly orderId: string;
}

const anHourLater = { hour: 1 } as const;

/** Brings each reference to its end, as the documentation tells an operator to. */
export async function finish(partner: Partner, references: readonly string[]): Promise<Finished[]> {
  const listed = new Set((await partner.unsettled(anHourLater)).map(({ reference }) => reference));
  const finished: Finished[] = [];
  await inChunks(references, 16, async (reference) => {
    const orders = await partner.ordersOf(reference);
    const again = await submit(partner, reference);
    if (again === "unknown") {
      const [order] = orders;
      await partner.settle(
        reference,
        order === undefined ? "not-placed" : { orderId: order.id },
        anHourLater,
      );
      await submit(partner, reference);
    }
    const { outcome: end, order } = await partner.submit(reference, anHourLater);
    const isListed = listed.has(reference);
    finished.push({ reference, stored: orders.length, isListed, again, end, orderId: order.id });
  });
  return finished;
}

async function submit(partner: Partner, reference: string): Promise<string> {
  try {
    return (await partner.submit(reference, anHourLater)).outcome;
  } catch (error) {
    if (error instanceof OutcomeUnknownError) return "unknown";
    throw error;
  }
}

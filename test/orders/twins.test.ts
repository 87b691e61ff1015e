import { OutcomeUnknownError } from "juniper-fulfillment";
import { expect, test } from "vitest";
import { beginEachTestAs, endOf, hourMs, type OrderWorld } from "../support/order-world.ts";

let partner: OrderWorld;
beginEachTestAs((next) => {
  partner = next;
});

const dayMs = 24 * hourMs;
const submit = (reference: string) => endOf(partner.submit({ reference, lookup: { timeoutMs: 1 } }));

test("an order of long ago is not taken for that of another reference that is forgotten among those alike", async () => {
  partner.strike("reset before headers, nothing done");
  expect(await submit("never stored")).toBeInstanceOf(OutcomeUnknownError);
  partner.strike();
  expect(await submit("stored")).toBe("created");
  partner.clockMs += 33 * dayMs;
  // It makes the list of those alike anew, without those of long ago.
  expect(await submit("a month later")).toBe("created");
  expect(await submit("never stored")).toBeInstanceOf(OutcomeUnknownError);
  expect(await submit("stored")).toBe("already-submitted");
});

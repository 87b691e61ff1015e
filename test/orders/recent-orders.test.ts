import { expect, test } from "vitest";
import { RecentOrders } from "../../src/orders/recent-orders.ts";
import { beginEachTestAs, type OrderWorld } from "../support/order-world.ts";

let partner: OrderWorld;

beginEachTestAs((next) => {
  partner = next;
});

test("whoever joins a reading that the last one who waited has left gets what it reads", async () => {
  await partner.submit();
  const recent = new RecentOrders(partner.client());
  const reading = { sinceMs: 0, maxPages: 1, isThorough: false, isProof: false, known: [] };
  const own = new AbortController();
  const left = new AbortController();
  let respond = (): void => {};
  const asked = new Promise<void>((begun) => {
    partner.world.beforeResponse = () => {
      begun();
      return new Promise((resolve) => {
        respond = resolve;
      });
    };
  });
  const first = recent.read(reading, own.signal);
  await asked;
  const second = recent.read(reading, left.signal);
  const hasLeft = expect(second).rejects.toThrow("left");
  left.abort(new Error("left"));
  await hasLeft;
  const third = recent.read(reading, own.signal);
  partner.world.beforeResponse = async () => {};
  respond();
  expect(await first).toMatchObject({ gap: undefined });
  expect(await third).toMatchObject({ gap: undefined, orders: [{ id: "order-1" }] });
});

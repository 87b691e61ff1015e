import type { Order } from "juniper-fulfillment";
import { describe, expect, test } from "vitest";
import { latestTimeOf, timeOf } from "../../src/orders/created-at.ts";

const created = (createdAt: string | undefined) => ({ id: "o-1", createdAt }) as Order;

describe("the time of an order", () => {
  test.each([
    "2026-11-27T10:00:00Z",
    "2026-11-27T10:00:00.000+00:00",
    "2026-11-27T05:00:00-05:00",
    "Fri, 27 Nov 2026 10:00:00 GMT",
    "2026-11-27 12:00:00 +0200",
  ])("is %s, whatever the time zone of the machine", (text) => {
    expect(timeOf(created(text))).toBe(Date.UTC(2026, 10, 27, 10));
    expect(latestTimeOf(created(text))).toBe(Date.UTC(2026, 10, 27, 10));
  });

  test.each([
    "2026-11-27T10:00:00",
    "2026-11-27 10:00",
    "2026-11-27",
    // The year is no offset.
    "10:00:00 11-27-2026",
  ])("is not known from %s, which can be as late as in the last time zone of the world", (text) => {
    expect(timeOf(created(text))).toBeNaN();
    expect(latestTimeOf(created(text))).toBeGreaterThanOrEqual(Date.parse("2026-11-27T10:00:00-12:00"));
  });

  test.each(["soon", "", undefined])("is not known from %s", (text) => {
    expect(timeOf(created(text))).toBeNaN();
    expect(latestTimeOf(created(text))).toBeUndefined();
  });
});

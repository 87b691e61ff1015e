import { InvalidRequestError, type Middleware, OutcomeUnknownError } from "juniper-fulfillment";
import { describe, expect, test } from "vitest";
import type { Fault } from "../../scripts/faults/order-backend.ts";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { beginEachTestAs, endOf, type OrderWorld } from "../support/order-world.ts";

let partner: OrderWorld;

beginEachTestAs((next) => {
  partner = next;
});

const submitWith = (middleware: Middleware) => {
  const client = partner.client();
  client.use(middleware);
  return endOf(partner.submit({}, orderRequest, client));
};

/** A middleware that puts another body into each order. */
const rewriting = (rewrite: (text: string) => string): Middleware => ({
  onRequest: async ({ request }) =>
    request.method === "POST"
      ? new Request(request, { body: rewrite(await request.clone().text()) })
      : undefined,
});

describe("submitOrder with a middleware", () => {
  test("that sends the request once more after a 500 places one order", async () => {
    partner.world.nextFault = () => {
      partner.world.nextFault = () => undefined;
      return "commit, then an empty 500";
    };
    const end = await submitWith({
      onResponse: ({ request, response, options }) =>
        response.status >= 500 ? options.fetch(request) : undefined,
    });
    expect(end).toBe("found");
    expect(partner.world.orders).toHaveLength(1);
  });

  test("that sends a copy of the request that it has kept after a 500 places one order", async () => {
    partner.strike("commit, then an empty 500");
    let kept: Request | undefined;
    const end = await submitWith({
      onRequest: ({ request }) => {
        if (request.method === "POST") kept = request.clone();
      },
      onResponse: ({ response, options }) =>
        response.status >= 500 ? options.fetch(kept as Request) : undefined,
    });
    expect(end).toBe("found");
    expect(partner.world.orders).toHaveLength(1);
  });

  test.each([
    ["a 503", "503 without", "onResponse"],
    ["a connection that was lost", "reset before headers, nothing done", "onError"],
  ] as const)("that makes up an order after %s leaves the outcome unknown", async (_what, fault, hook) => {
    partner.strike(fault as Fault);
    const madeUp = ({ request }: { request: Request }) =>
      request.method === "POST"
        ? Response.json({ ...orderRequest, id: "made-up" }, { status: 201 })
        : undefined;
    const end = await submitWith({ [hook]: madeUp } as unknown as Middleware);
    expect(end).toBeInstanceOf(OutcomeUnknownError);
    expect(String(end)).toContain("a middleware has responded in its place");
    expect(partner.world.orders).toHaveLength(0);
  });

  test.each([
    ["sends a copy of the request", (request: Request) => request.clone()],
    ["makes a request of it", (request: Request) => new Request(request)],
  ])("that %s after it was sent fails as with the platform's fetch", async (_what, copy) => {
    const failures: unknown[] = [];
    const end = await submitWith({
      onResponse: ({ request }) => {
        if (request.method !== "POST") return;
        try {
          copy(request);
        } catch (error) {
          failures.push(error);
        }
      },
    });
    expect(end).toBe("created");
    expect(failures).toEqual([expect.any(TypeError)]);
  });

  test("that changes the order sends nothing, and the reference stays free", async () => {
    const end = await submitWith(rewriting((text) => text.replace("STANDARD", "EXPRESS")));
    expect(end).toBeInstanceOf(InvalidRequestError);
    expect(String(end)).toMatch(/A middleware has changed the order.* Nothing was sent\./);
    expect(partner.world.orders).toHaveLength(0);
    expect(await endOf(partner.submit())).toBe("created");
  });

  test("that writes the same order with other blanks, or adds a header, places it", async () => {
    const spaced = rewriting((text) => JSON.stringify(JSON.parse(text), null, 2));
    expect(await submitWith(spaced)).toBe("created");
    const labelled = {
      onRequest: ({ request }: { request: Request }) => new Request(request, { headers: { "x-a": "1" } }),
    };
    const client = partner.client();
    client.use(labelled);
    expect(await endOf(partner.submit({ reference: "r-2" }, orderRequest, client))).toBe("created");
  });

  test("that responds in place of the API says that nothing was placed, and the reference stays free", async () => {
    const end = await submitWith({
      onRequest: ({ request }) =>
        request.method === "POST" ? Response.json({ id: "stub" }, { status: 201 }) : undefined,
    });
    expect(end).toBeInstanceOf(InvalidRequestError);
    expect(String(end)).toContain("the order was not placed");
    expect(await endOf(partner.submit())).toBe("created");
    expect(partner.world.orders).toHaveLength(1);
  });
});

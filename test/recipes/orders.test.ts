import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createFulfillmentClient,
  type FulfillmentClient,
  type Ledger,
  memoryLedger,
  type Order,
  type OrderRequest,
  type Protocol,
  submitOrder,
  unwrap,
} from "juniper-fulfillment";
import { createMock, startMockServer } from "juniper-fulfillment/testing";
import { describe, expect, test } from "vitest";
import { orderRequest, protocolRequest } from "../../scripts/samples/requests.ts";
import { mockEnvironment } from "../support/mock-environment.ts";
import { openRecipe, sourceFlags } from "../support/recipes.ts";

// Programs are started, on machines that have other work too.

describe("orders from a CSV", () => {
  const rows = Array.from({ length: 12 }, (_, row) =>
    [
      `2026-${row}`,
      `c${row}`,
      "Ada",
      "Example",
      "1 Main Street",
      "Hoboken",
      "NJ",
      "7030",
      "77123129891",
    ].join(),
  );
  const header =
    "order_number,customer,first_name,last_name,street,city,state,zip_code,product,quantity,pack";
  const csv = `${header}\n${rows.map((row) => `${row},1,Daily pack`).join("\n")}\n`;

  test("are placed once at the most, by a program that is killed halfway and run again", async () => {
    const recipe = await openRecipe("orders-from-a-csv.md");
    const mock = await startMockServer({ stateful: true });
    await writeFile(join(recipe.folder, "orders.csv"), csv);
    // Slow enough to be killed in the middle: stored, and not yet heard of.
    mock.fault("POST /orders", { delayMs: 2_000, times: rows.length });
    const child = spawn(process.execPath, [...sourceFlags, "place-file.ts"], {
      cwd: recipe.folder,
      env: { ...process.env, ...mockEnvironment(mock) },
      stdio: "ignore",
    });
    const ended = once(child, "exit");
    while (mock.orders.length < 5) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGKILL");
    await ended;
    mock.clearFaults();
    expect(mock.orders.length).toBeLessThan(rows.length);

    const { exitCode, stdout } = await recipe.run(["place-file.ts"], mockEnvironment(mock));
    const outcomes = stdout
      .trim()
      .split("\n")
      .map((line) => line.split(" ")[1] ?? "");
    expect(outcomes.length).toBe(rows.length);
    const known = outcomes.filter((outcome) => ["created", "found", "already-submitted"].includes(outcome));
    expect(known.filter((outcome) => outcome !== "created").length).toBeGreaterThan(0);
    // What was killed between its entry and its first byte is nowhere to be found, and left to a person.
    expect(outcomes.filter((outcome) => outcome === "unknown").length).toBe(rows.length - known.length);
    expect(exitCode).toBe(known.length === rows.length ? 0 : 1);
    expect(mock.orders.length).toBe(known.length);
    expect(new Set(mock.orders.map(({ customer }) => customer.sourceId)).size).toBe(known.length);
    expect(JSON.stringify(mock.orders[0])).toContain('"07030"');
    await mock.close();
  });

  test.each([
    ["an empty ZIP code", "zip_code", ",NJ,,77123129891,1,"],
    ["a ZIP code of another country", "zip_code", ",NJ,K1A 0B1,77123129891,1,"],
    ["an empty quantity", "quantity", ",NJ,7030,77123129891,,"],
    ["a product id that a spreadsheet has rounded", "product", ",NJ,7030,7.71231E+10,1,"],
  ])("are placed with no value that the file doesn't have: %s ends it", async (_what, column, cells) => {
    const recipe = await openRecipe("orders-from-a-csv.md");
    const mock = await startMockServer({ stateful: true });
    const row = `2026-1,c1,Ada,Example,1 Main Street,Hoboken${cells}Daily pack`;
    await writeFile(join(recipe.folder, "orders.csv"), `${header}\n${row}\n`);
    const { exitCode, stderr } = await recipe.run(["place-file.ts"], mockEnvironment(mock));
    expect([exitCode, mock.orders]).toEqual([1, []]);
    expect(stderr).toContain(`Order 2026-1: ${column} can't be read.`);
    await mock.close();
  });

  test("are not placed again under a number that differs by a blank", async () => {
    const recipe = await openRecipe("orders-from-a-csv.md");
    const mock = await startMockServer({ stateful: true });
    const row = "c1,Ada,Example,1 Main Street,Hoboken,NJ,7030,77123129891,1,Daily pack";
    for (const number of ["2026-1", "2026-1 ", "\u00a02026-1"]) {
      await writeFile(join(recipe.folder, "orders.csv"), `${header}\n${number},${row}\n`);
      const { exitCode, stderr } = await recipe.run(["place-file.ts"], mockEnvironment(mock));
      expect(exitCode).toBe(number === "2026-1" ? 0 : 1);
      if (number !== "2026-1") expect(stderr).toContain("order_number can't be read.");
    }
    expect(mock.orders.length).toBe(1);
    await mock.close();
  });
});

describe("subscriptions", () => {
  interface Subscriptions {
    placeDue(
      client: FulfillmentClient,
      ledger: Ledger,
      subscription: { id: string; nextOn: string; order: OrderRequest },
      moveOn: (placed: Order, nextOn: string) => Promise<void>,
    ): Promise<void>;
  }

  /** The date in so many days. */
  const dayIn = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

  test("are one order for each period, also after a crash before the date was moved on", async () => {
    const recipe = await openRecipe("subscriptions.md");
    const { placeDue } = await recipe.load<Subscriptions>("subscriptions.ts");
    const mock = createMock({ stateful: true });
    const client = createFulfillmentClient(mock.clientOptions);
    const ledger = memoryLedger();
    const moved: string[] = [];
    const moveOn = async (_placed: Order, nextOn: string): Promise<void> => void moved.push(nextOn);
    const [due, next, last] = [dayIn(1), dayIn(31), dayIn(61)];
    const first = { id: "s-1", nextOn: due, order: { ...orderRequest, daysSupply: 30 as const } };
    const crash = async (): Promise<void> => {
      throw new Error("crash");
    };
    await expect(placeDue(client, ledger, first, crash)).rejects.toThrow("crash");
    await placeDue(client, ledger, first, moveOn);
    expect([moved, mock.orders.length]).toEqual([[next], 1]);
    await placeDue(client, ledger, { ...first, nextOn: next }, moveOn);
    expect([moved.at(-1), mock.orders.length]).toEqual([last, 2]);
    expect(mock.orders.every(({ orderType }) => orderType === "SUBSCRIPTION")).toBe(true);
    mock.expectNoViolations();
  });

  test("are one order after an outage of months, and not one for each period that was missed", async () => {
    const recipe = await openRecipe("subscriptions.md");
    const { placeDue } = await recipe.load<Subscriptions>("subscriptions.ts");
    const mock = createMock({ stateful: true });
    const client = createFulfillmentClient(mock.clientOptions);
    const ledger = memoryLedger();
    let nextOn = dayIn(-100);
    for (let run = 0; run < 4; run++) {
      if (nextOn > dayIn(0)) break;
      await placeDue(
        client,
        ledger,
        { id: "s-1", nextOn, order: { ...orderRequest, daysSupply: 30 } },
        async (_, day) => {
          nextOn = day;
        },
      );
    }
    expect(mock.orders.length).toBe(1);
    // The night may turn meanwhile.
    expect([dayIn(29), dayIn(30)]).toContain(nextOn);
  });

  test("can be ordered from a protocol", async () => {
    const recipe = await openRecipe("subscriptions.md");
    const { orderOf } = await recipe.load<{ orderOf(protocol: Protocol, pack: string): OrderRequest }>(
      "protocols.ts",
    );
    const mock = createMock({ stateful: true });
    const client = createFulfillmentClient(mock.clientOptions);
    const protocol = unwrap(await client.POST("/protocols", { body: protocolRequest }));
    unwrap(await client.POST("/orders", { body: orderOf(protocol, "Daily pack") }));
    expect(mock.orders.length).toBe(1);
    mock.expectNoViolations();
    expect(() => orderOf({ id: protocol.id }, "Daily pack")).toThrow("The protocol is not complete.");
  });
});

describe("a refused order", () => {
  interface Refusal {
    readonly problems: readonly string[];
    readonly next: string;
  }

  test("is explained in words, with what to do next", async () => {
    const recipe = await openRecipe("refused-orders.md");
    const { explainRefusal } = await recipe.load<{ explainRefusal(error: unknown): Refusal }>(
      "explain-refusal.ts",
    );
    const mock = createMock({ stateful: true });
    const client = createFulfillmentClient({ ...mock.clientOptions, maxRetries: 0 });
    const [line] = orderRequest.lineItems;
    const submit = (reference: string, order: OrderRequest = orderRequest) =>
      submitOrder(client, order, { reference, lookup: { timeoutMs: 0 } }).catch((error: unknown) => error);

    const end = mock.refuse(Number(line?.productId));
    expect(explainRefusal(await submit("1"))).toMatchObject({
      problems: ["lineItems[0].productId: not accepted"],
      next: "correct the order",
    });
    end();
    const administration = { morning: 9, afternoon: 0, evening: 0, sleep: 0 };
    const lineItems = orderRequest.lineItems.map((item) => ({ ...item, administration }));
    const { problems, next } = explainRefusal(await submit("2", { ...orderRequest, lineItems }));
    expect(problems[0]).toMatch(/^lineItems\[0\]\.administration: not accepted \(the doses add up to 9, and/);
    expect(next).toBe("correct the order");
    expect(explainRefusal(await submit("")).next).toBe("call an engineer");

    mock.fault("POST /orders", { commitThenDrop: true });
    mock.fault("GET /orders", { status: 503, times: 9 });
    expect(explainRefusal(await submit("3")).next).toBe("look for the order");
    const other = { ...orderRequest, daysSupply: 90 as const };
    expect(explainRefusal(await submit("3", other)).next).toBe("look for the order");
    mock.clearFaults();
    await submit("placed");
    expect(explainRefusal(await submit("placed", other))).toMatchObject({
      problems: [expect.stringContaining("Give each order its own reference")],
      next: "use a new reference",
    });
    mock.fault("POST /orders", { status: 429 });
    expect(explainRefusal(await submit("4")).next).toBe("try again later");
    mock.fault("POST /orders", { status: 403 });
    expect(explainRefusal(await submit("5")).next).toBe("call an engineer");
  });
});

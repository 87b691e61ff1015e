import {
  createFulfillmentClient,
  type FulfillmentClient,
  type Ledger,
  memoryLedger,
  type Order,
  type OrderRequest,
  type Product,
  submitOrder,
  unwrap,
} from "juniper-fulfillment";
import { createMock, type StatefulMock } from "juniper-fulfillment/testing";
import { describe, expect, test } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { openRecipe } from "../support/recipes.ts";

// Programs are started, on machines that have other work too.

describe("the catalogue sync", () => {
  interface CatalogueSync {
    syncCatalogue(
      client: FulfillmentClient,
      catalogue: {
        lastSync(): Promise<Date | undefined>;
        save(product: Product): Promise<void>;
        finish(startedAt: Date): Promise<void>;
      },
    ): Promise<number>;
    canBeOrdered(product: Product): boolean;
  }

  test("reads everything once, and then what has changed since", async () => {
    const recipe = await openRecipe("catalogue-sync.md");
    const { syncCatalogue, canBeOrdered } = await recipe.load<CatalogueSync>("catalogue-sync.ts");
    const daysAgo = (days: number): string => new Date(Date.now() - days * 24 * 60 * 60_000).toISOString();
    const products: Product[] = [
      { id: 1, name: "old", price: "0.10", status: "ACTIVE", updatedAt: daysAgo(9) },
      { id: 2, name: "new", price: "0.20", status: "BACKORDERED", updatedAt: daysAgo(0) },
    ];
    const mock = createMock({ stateful: true, products });
    const client = createFulfillmentClient(mock.clientOptions);
    const saved = new Map<number, Product>();
    let last: Date | undefined;
    const catalogue = {
      lastSync: async () => last,
      save: async (product: Product) => void saved.set(product.id, product),
      finish: async (startedAt: Date) => {
        last = startedAt;
      },
    };
    expect(await syncCatalogue(client, catalogue)).toBe(2);
    expect([...saved.values()].filter(canBeOrdered).map(({ id }) => id)).toEqual([1]);
    expect(await syncCatalogue(client, catalogue)).toBe(1);
    mock.expectNoViolations();
  });
});

describe("nightly reconciliation", () => {
  interface Reconciliation {
    saveChanges(
      client: FulfillmentClient,
      store: Ledger,
      save: (order: Order) => Promise<void>,
    ): Promise<void>;
    lookAgain(
      client: FulfillmentClient,
      ledger: Ledger,
      orderOf: (reference: string) => Promise<OrderRequest>,
      olderThanMs?: number,
    ): AsyncIterable<{ reference: string; error: unknown }>;
    stuckOrders(client: FulfillmentClient, days: number): AsyncIterable<Order>;
  }
  const open = async (): Promise<Reconciliation> => {
    const recipe = await openRecipe("nightly-reconciliation.md");
    return recipe.load<Reconciliation>("reconcile.ts");
  };

  const lose = async (
    mock: StatefulMock,
    client: FulfillmentClient,
    ledger: Ledger,
    reference: string,
    order: OrderRequest,
  ): Promise<void> => {
    mock.fault("POST /orders", { commitThenDrop: true });
    mock.fault("GET /orders", { status: 503, times: 9 });
    const lost = submitOrder(client, order, { reference, ledger, lookup: { timeoutMs: 0 } });
    await expect(lost).rejects.toMatchObject({ name: "OutcomeUnknownError" });
    mock.clearFaults();
  };
  const namesOf = async (left: AsyncIterable<{ reference: string; error: unknown }>): Promise<string[]> => {
    const names: string[] = [];
    for await (const { reference, error } of left) names.push(`${reference} ${Object(error).name}`);
    return names;
  };

  test("saves what changed since the last night, once", async () => {
    const { saveChanges } = await open();
    const mock = createMock({ stateful: true });
    const client = createFulfillmentClient(mock.clientOptions);
    const { id } = unwrap(await client.POST("/orders", { body: orderRequest }));
    const store = memoryLedger();
    const saved: string[] = [];
    const night = () => saveChanges(client, store, async (order) => void saved.push(`${order.status}`));
    await night();
    await night();
    expect(saved).toEqual(["CREATED"]);
    await mock.advance(id, "SHIPPED");
    await night();
    expect(saved).toEqual(["CREATED", "SHIPPED"]);
  });

  test("says so when the API can't be asked, or an order can't be saved", async () => {
    const { saveChanges } = await open();
    const mock = createMock({ stateful: true });
    const client = createFulfillmentClient({ ...mock.clientOptions, maxRetries: 0 });
    await client.POST("/orders", { body: orderRequest });
    mock.fault("GET /orders", { status: 503 });
    await expect(saveChanges(client, memoryLedger(), async () => {})).rejects.toMatchObject({ status: 503 });
    const save = async (): Promise<void> => {
      throw new Error("disk full");
    };
    await expect(saveChanges(client, memoryLedger(), save)).rejects.toThrow("disk full");
  });

  test("looks again for orders of unknown outcome, and names those that stay unknown", async () => {
    const { lookAgain } = await open();
    const mock = createMock({ stateful: true });
    const client = createFulfillmentClient({ ...mock.clientOptions, maxRetries: 0 });
    const ledger = memoryLedger();
    const another: OrderRequest = { ...orderRequest, daysSupply: 90 };
    const orderOf = async (reference: string) => (reference === "r-1" ? orderRequest : another);
    await lose(mock, client, ledger, "r-1", orderRequest);
    expect(await namesOf(lookAgain(client, ledger, orderOf, 0))).toEqual([]);
    await lose(mock, client, ledger, "r-2", another);
    // Somebody has placed the same order by hand: which of the two is it?
    await client.POST("/orders", { body: another });
    expect(await namesOf(lookAgain(client, ledger, orderOf, 0))).toEqual(["r-2 OutcomeUnknownError"]);
    expect(mock.orders.length).toBe(3);
  });

  test("looks for all orders, also where the shop has another address for one of them, or has lost it", async () => {
    const { lookAgain } = await open();
    const mock = createMock({ stateful: true });
    const client = createFulfillmentClient({ ...mock.clientOptions, maxRetries: 0 });
    const ledger = memoryLedger();
    const orders = new Map(
      ["moved", "lost", "kept"].map((reference, index) => [
        reference,
        { ...orderRequest, daysSupply: ([30, 60, 90] as const)[index] ?? 30 },
      ]),
    );
    for (const [reference, order] of orders) await lose(mock, client, ledger, reference, order);
    const address = { ...orderRequest.customer.address, line1: "2 Other Street" };
    const orderOf = async (reference: string): Promise<OrderRequest> => {
      const order = orders.get(reference);
      if (order === undefined || reference === "lost") throw new RangeError(reference);
      return reference === "moved" ? { ...order, customer: { ...order.customer, address } } : order;
    };
    expect((await namesOf(lookAgain(client, ledger, orderOf, 0))).sort()).toEqual([
      "lost RangeError",
      "moved ReferenceInUseError",
    ]);
    expect(mock.orders.length).toBe(3);
  });

  test("finds orders that have not moved", async () => {
    const { stuckOrders } = await open();
    const mock = createMock({ stateful: true, now: () => Date.now() - 5 * 24 * 60 * 60_000 });
    const client = createFulfillmentClient(mock.clientOptions);
    const { id } = unwrap(await client.POST("/orders", { body: orderRequest }));
    const stuckFor = async (days: number): Promise<string[]> => {
      const ids: string[] = [];
      for await (const order of stuckOrders(client, days)) ids.push(order.id);
      return ids;
    };
    expect(await stuckFor(3)).toEqual([id]);
    expect(await stuckFor(7)).toEqual([]);
  });
});

describe("tests that a recipe shows", () => {
  test.each([
    ["webhooks-on-express.md", "receiver.test.ts", 1],
    ["unit-tests.md", "checkout.test.ts", 2],
    ["unit-tests.md", "shipping.test.ts", 1],
  ])("%s: %s passes", async (page, file, tests) => {
    const recipe = await openRecipe(page);
    const { exitCode, stdout, stderr } = await recipe.run(["--test", "--test-reporter=tap", file]);
    expect(exitCode, stdout + stderr).toBe(0);
    expect(stdout).toContain(`# pass ${tests}\n`);
  });
});

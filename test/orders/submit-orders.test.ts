import { setTimeout as delay } from "node:timers/promises";
import {
  AuthenticationError,
  ConfigurationError,
  createFulfillmentClient,
  type FulfillmentClient,
  InvalidRequestError,
  memoryLedger,
  type OrderSubmission,
  OutcomeUnknownError,
  RateLimitError,
  type SubmitOrdersOutcome,
  type SubmitOrdersProgress,
  submitOrders,
  ValidationError,
} from "juniper-fulfillment";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type OrderBackend, startOrderBackend, type World } from "../../scripts/faults/order-backend.ts";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";

let backend: OrderBackend;
let world: World;
let client: FulfillmentClient;
beforeEach(async () => {
  backend = await startOrderBackend();
  world = backend.world("w");
  client = createFulfillmentClient({ accessToken: "t", baseUrl: `${backend.origin}/w/v1` });
});
afterEach(() => backend.close());

const submission = (name: string): OrderSubmission => ({
  reference: `reference-${name}`,
  order: { ...orderRequest, customer: { ...orderRequest.customer, sourceId: `customer-${name}` } },
});
const submissions = (count: number): OrderSubmission[] =>
  Array.from({ length: count }, (_, number) => submission(String(number)));

async function collect(outcomes: AsyncIterable<SubmitOrdersOutcome>): Promise<SubmitOrdersOutcome[]> {
  const all: SubmitOrdersOutcome[] = [];
  for await (const outcome of outcomes) all.push(outcome);
  return all;
}
const names = (outcomes: readonly SubmitOrdersOutcome[]): string[] =>
  outcomes.map(({ outcome }) => outcome).sort();
const fast = { lookup: { timeoutMs: 300 } };

describe("outcomes", () => {
  test("come once for each item, with the order that exists", async () => {
    const outcomes = await collect(submitOrders(client, submissions(40)));
    expect(world.orders).toHaveLength(40);
    expect(new Set(outcomes.map(({ index }) => index)).size).toBe(40);
    for (const { index, reference, outcome, order } of outcomes) {
      expect({ reference, outcome }).toEqual({ reference: `reference-${index}`, outcome: "created" });
      expect(world.orders.find(({ id }) => id === order?.id)).toMatchObject({
        customer: { sourceId: `customer-${index}` },
      });
    }
  });

  test("of the same input a second time are all already submitted, with the client's own ledger too", async () => {
    await collect(submitOrders(client, submissions(5)));
    expect(names(await collect(submitOrders(client, submissions(5))))).toEqual(
      Array(5).fill("already-submitted"),
    );
    expect(world.orders).toHaveLength(5);
  });

  test("of references that another server has are refused", async () => {
    const ledger = memoryLedger();
    await collect(submitOrders(client, submissions(2), { ledger }));
    const baseUrl = `${backend.origin.replace("127.0.0.1", "localhost")}/elsewhere/v1`;
    const elsewhere = createFulfillmentClient({ accessToken: "t", baseUrl });
    const outcomes = await collect(submitOrders(elsewhere, submissions(2), { ledger }));
    expect(names(outcomes)).toEqual(["refused", "refused"]);
  });

  test("of a reference that comes twice are one order", async () => {
    const twice = [submission("a"), submission("b"), submission("a"), submission("a")];
    const outcomes = await collect(submitOrders(client, twice, fast));
    expect(world.orders).toHaveLength(2);
    expect(names(outcomes).filter((name) => name === "created")).toHaveLength(2);
    const ids = outcomes.filter(({ reference }) => reference === "reference-a").map(({ order }) => order?.id);
    expect(new Set(ids).size).toBe(1);
  });

  test("of a reference that stands for two orders refuse the second", async () => {
    const [first, second] = [submission("a"), { ...submission("b"), reference: "reference-a" }];
    const outcomes = await collect(submitOrders(client, [first, second], { concurrency: 1 }));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(["created", "refused"]);
    expect(outcomes[1]?.error).toBeInstanceOf(InvalidRequestError);
  });

  test("say found after an answer that was lost, and unknown where nothing can be found", async () => {
    const faults = ["commit, then drop", "reset before headers, nothing done"] as const;
    let next = 0;
    world.nextFault = () => faults[next++];
    const outcomes = await collect(submitOrders(client, submissions(2), { ...fast, concurrency: 1 }));
    // The second request is the lookup, which is repeated.
    expect(outcomes[0]?.outcome).toBe("found");
    next = 1;
    const [lost] = await collect(submitOrders(client, [submission("lost")], { ...fast, concurrency: 1 }));
    expect(lost?.outcome).toBe("unknown");
    expect(lost?.error).toBeInstanceOf(OutcomeUnknownError);
  });

  test("say failed when there is no connection, and the order can be submitted again", async () => {
    const ledger = memoryLedger();
    const nobody = createFulfillmentClient({ accessToken: "t", baseUrl: "http://127.0.0.1:1/v1" });
    const [failed] = await collect(submitOrders(nobody, submissions(1), { ledger, giveUpAfterMs: 1_500 }));
    expect(failed).toMatchObject({ outcome: "failed", error: { name: "ConnectionError", maybeSent: false } });
    const [created] = await collect(submitOrders(client, submissions(1), { ledger }));
    expect(created?.outcome).toBe("created");
  });

  test("say failed when the ledger fails, and nothing is sent", async () => {
    const ledger = { ...memoryLedger(), add: () => Promise.reject(new Error("ledger down")) };
    const outcomes = await collect(submitOrders(client, submissions(3), { ledger }));
    expect(names(outcomes)).toEqual(["failed", "failed", "failed"]);
    expect(world.requests).toBe(0);
  });

  test("of items that are no orders are refused, and stop nobody", async () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    const items: unknown[] = [
      ...[undefined, null, 7, "text", {}, { reference: "r" }, { order: orderRequest }],
      ...[
        { reference: "", order: orderRequest },
        { reference: "x".repeat(257), order: orderRequest },
      ],
      ...[
        { reference: "r", order: cyclic },
        { reference: "r", order: { lineItems: 5 } },
      ],
      { reference: "r", order: { ...orderRequest, lineItems: [{ productId: 5n }] } },
    ];
    // A caller without types.
    const input = [...items, submission("good")] as OrderSubmission[];
    const outcomes = await collect(submitOrders(client, input));
    expect(names(outcomes)).toEqual(["created", ...Array(items.length).fill("refused")]);
    for (const { index, error } of outcomes.filter(({ outcome }) => outcome === "refused")) {
      expect(error).toBeInstanceOf(InvalidRequestError);
      expect(String(error)).toMatch(new RegExp(`Item ${index} of the input needs`));
    }
  });
});

describe("the input", () => {
  test("is read no further ahead than the concurrency, and only as fast as outcomes are taken", async () => {
    let read = 0;
    function* endless(): Generator<OrderSubmission> {
      for (;;) yield submission(String(read++));
    }
    const outcomes = submitOrders(client, endless(), { concurrency: 4 })[Symbol.asyncIterator]();
    await outcomes.next();
    await expect.poll(() => world.orders.length).toBe(5);
    await delay(50);
    expect(read).toBe(5);
    await outcomes.next();
    await expect.poll(() => world.orders.length).toBe(6);
    await outcomes.return?.();
  });

  test("may be slow: outcomes do not wait for it", async () => {
    let release = (): void => {};
    async function* slow(): AsyncGenerator<OrderSubmission> {
      yield submission("first");
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      yield submission("second");
    }
    const outcomes = submitOrders(client, slow())[Symbol.asyncIterator]();
    expect((await outcomes.next()).value.outcome).toBe("created");
    expect(world.orders).toHaveLength(1);
    release();
    expect((await outcomes.next()).value.reference).toBe("reference-second");
    expect((await outcomes.next()).done).toBe(true);
  });

  test("that fails ends the loop with its error, after the outcomes of what was begun", async () => {
    const seen: string[] = [];
    const run = async (): Promise<void> => {
      async function* failing(): AsyncGenerator<OrderSubmission> {
        yield* submissions(3);
        throw new Error("disk");
      }
      for await (const { outcome } of submitOrders(client, failing())) seen.push(outcome);
    };
    await expect(run()).rejects.toThrow("disk");
    expect(seen).toEqual(["created", "created", "created"]);
  });

  test("that is no iterator ends the loop", async () => {
    const input = { [Symbol.iterator]: () => ({ next: () => 5 }) };
    await expect(collect(submitOrders(client, input as never))).rejects.toThrow(/next\(\) gave no object/);
    expect(world.orders).toHaveLength(0);
  });

  test("is refused with options that can't work", () => {
    for (const options of [{ signal: {} }, { onProgress: 5 }, { onRateLimit: "x" }])
      expect(() => submitOrders(client, [], options as never)).toThrow(/must be a(n AbortSignal| function)/);
  });

  test("that is no list, or a concurrency that is none, is a ConfigurationError at once", () => {
    for (const wrong of [undefined, null, 7, "text", {}]) {
      // A caller without types.
      expect(() => submitOrders(client, wrong as unknown as OrderSubmission[])).toThrow(ConfigurationError);
    }
    for (const concurrency of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => submitOrders(client, [], { concurrency })).toThrow(ConfigurationError);
      expect(() => submitOrders(client, [], { giveUpAfterMs: concurrency })).toThrow(ConfigurationError);
    }
  });
});

describe("stopping", () => {
  test("early starts no further order, waits for those in flight, counts them and closes the input", async () => {
    let closed = false;
    let read = 0;
    async function* endless(): AsyncGenerator<OrderSubmission> {
      try {
        for (;;) yield submission(String(read++));
      } finally {
        closed = true;
      }
    }
    const ledger = memoryLedger();
    let last: SubmitOrdersProgress | undefined;
    const onProgress = (progress: SubmitOrdersProgress) => {
      last = progress;
    };
    for await (const _ of submitOrders(client, endless(), { concurrency: 4, ledger, onProgress })) break;
    const stored = world.orders.length;
    expect(world.busy).toBe(0);
    expect(closed).toBe(true);
    expect(last).toMatchObject({ done: stored, created: stored, inFlight: 0 });
    await delay(50);
    expect(world.orders).toHaveLength(stored);
    const again = await collect(submitOrders(client, submissions(stored), { ledger }));
    expect(names(again)).toEqual(Array(stored).fill("already-submitted"));
  });

  test("while the input is slow does not wait for it", async () => {
    async function* stuck(): AsyncGenerator<OrderSubmission> {
      yield submission("first");
      await new Promise(() => {});
    }
    for await (const _ of submitOrders(client, stuck())) break;
    expect(world.orders).toHaveLength(1);
  });

  test("with a signal ends what is in flight, gives its outcomes, and throws the reason", async () => {
    const controller = new AbortController();
    world.nextFault = () => "commit, then stall";
    const seen: string[] = [];
    const run = async (): Promise<void> => {
      const outcomes = submitOrders(client, submissions(50), { concurrency: 3, signal: controller.signal });
      for await (const { outcome } of outcomes) seen.push(outcome);
    };
    const running = run();
    await expect.poll(() => world.orders.length).toBe(3);
    controller.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    expect(seen).toEqual(["unknown", "unknown", "unknown"]);
    expect(world.orders).toHaveLength(3);
  });

  test("by one signal for many orders at once is no leak of listeners to Node", async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on("warning", note);
    const { signal } = new AbortController();
    // All are under way at once.
    const waiting: (() => void)[] = [];
    const held = { ...client, GET: client.GET } as FulfillmentClient;
    held.POST = (async (...call: Parameters<FulfillmentClient["POST"]>) => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length === 32) for (const go of waiting) go();
      });
      return client.POST(...call);
    }) as FulfillmentClient["POST"];
    const outcomes = await collect(submitOrders(held, submissions(32), { signal, concurrency: 32 }));
    await delay(0);
    process.off("warning", note);
    expect(names(outcomes)).toEqual(Array.from({ length: 32 }, () => "created"));
    expect(warnings.map(({ name }) => name)).not.toContain("MaxListenersExceededWarning");
  });

  test("before it began starts nothing", async () => {
    const signal = AbortSignal.abort(new Error("never mind"));
    await expect(collect(submitOrders(client, submissions(3), { signal }))).rejects.toThrow("never mind");
    expect(world.requests).toBe(0);
  });
});

describe("an API that", () => {
  let server: ScriptedServer;
  afterEach(() => server.close());
  const clientOf = (): FulfillmentClient =>
    createFulfillmentClient({ accessToken: "t", baseUrl: `${server.origin}/v1` });

  test("limits the rate is sent little more than it takes, and every order in the end", async () => {
    let free = 20;
    const limits: { perSecond: number; pauseMs: number }[] = [];
    const refill = setInterval(() => {
      free = Math.min(20, free + 2);
    }, 20);
    server = await startScriptedServer(({ number, body }) => {
      if (free < 1) return { status: 429 };
      free--;
      return { status: 201, json: { ...JSON.parse(body), id: `order-${number}` } };
    });
    const onRateLimit = (info: { perSecond: number; pauseMs: number }) => limits.push(info);
    const options = { concurrency: 64, onRateLimit };
    const outcomes = await collect(submitOrders(clientOf(), submissions(600), options));
    clearInterval(refill);
    expect(names(outcomes)).toEqual(Array(600).fill("created"));
    expect(limits.length).toBeGreaterThan(0);
    // With every order sending again as it likes, it is several requests for each.
    expect(server.requests.length).toBeLessThan(600 * 1.2);
  });

  test("answers 429 with Retry-After is sent nothing in that time", async () => {
    let closedUntilMs = 0;
    let early = 0;
    server = await startScriptedServer(({ number, body }) => {
      const nowMs = performance.now();
      if (number === 5) {
        closedUntilMs = nowMs + 990;
        return { status: 429, headers: { "retry-after": "1" } };
      }
      // What was under way when it closed has arrived by then.
      if (nowMs < closedUntilMs && nowMs > closedUntilMs - 500) early++;
      return { status: 201, json: { ...JSON.parse(body), id: `order-${number}` } };
    });
    const pauses: number[] = [];
    const onRateLimit = ({ pauseMs }: { pauseMs: number }) => pauses.push(pauseMs);
    const outcomes = await collect(submitOrders(clientOf(), submissions(12), { onRateLimit }));
    expect(names(outcomes)).toEqual(Array(12).fill("created"));
    expect(pauses[0]).toBeGreaterThan(900);
    expect(early).toBe(0);
    expect(server.requests).toHaveLength(13);
  });

  test("answers 429 without end is tried less and less often, until the time is up", async () => {
    server = await startScriptedServer(() => ({ status: 429 }));
    const options = { concurrency: 4, giveUpAfterMs: 2_500 };
    const outcomes = await collect(submitOrders(clientOf(), submissions(4), options));
    expect(names(outcomes)).toEqual(Array(4).fill("failed"));
    for (const { error } of outcomes) expect(error).toBeInstanceOf(RateLimitError);
    expect(server.requests.length).toBeGreaterThan(1);
    expect(server.requests.length).toBeLessThan(10);
  });

  test("refuses an order is told about it once", async () => {
    server = await startScriptedServer(({ number, body }) =>
      number === 2
        ? { status: 422, json: { detail: [{ loc: ["body"], type: "invalid" }] } }
        : { status: 201, json: { ...JSON.parse(body), id: `order-${number}` } },
    );
    const outcomes = await collect(submitOrders(clientOf(), submissions(5)));
    expect(names(outcomes)).toEqual(["created", "created", "created", "created", "refused"]);
    expect(outcomes.find(({ outcome }) => outcome === "refused")?.error).toBeInstanceOf(ValidationError);
    expect(server.requests).toHaveLength(5);
  });

  test.each([
    404, 422,
  ])("responds with a %i at the token endpoint says nothing of any order", async (status) => {
    server = await startScriptedServer(() => ({ status, json: {} }));
    const { origin } = server;
    const credentials = { clientId: "id", clientSecret: "secret", tokenUrl: `${origin}/token` };
    const lost = createFulfillmentClient({ ...credentials, baseUrl: `${origin}/v1`, maxRetries: 0 });
    const options = { concurrency: 1, giveUpAfterMs: 1 };
    expect(names(await collect(submitOrders(lost, submissions(2), options)))).toEqual(["failed", "failed"]);
  });

  test("refuses the credentials ends the run with an AuthenticationError", async () => {
    server = await startScriptedServer(() => ({ status: 401, json: { error: "invalid_client" } }));
    const refused = createFulfillmentClient({
      ...{ clientId: "id", clientSecret: "secret" },
      ...{ baseUrl: `${server.origin}/v1`, tokenUrl: `${server.origin}/token` },
    });
    const seen: string[] = [];
    const run = async (): Promise<void> => {
      for await (const { outcome } of submitOrders(refused, submissions(100), { concurrency: 2 })) {
        seen.push(outcome);
      }
    };
    await expect(run()).rejects.toThrow(AuthenticationError);
    expect(seen.length).toBeLessThanOrEqual(2);
    expect(seen.every((outcome) => outcome === "failed")).toBe(true);
  });
});

test("progress adds up at every step", async () => {
  let next = 0;
  world.nextFault = () => (next++ % 5 === 2 ? "commit, then drop" : undefined);
  const steps: SubmitOrdersProgress[] = [];
  const input = [...submissions(20), { ...submission("x"), reference: "" }];
  await collect(submitOrders(client, input, { ...fast, onProgress: (progress) => steps.push(progress) }));
  expect(steps).toHaveLength(21);
  for (const [index, { done, inFlight, ...counts }] of steps.entries()) {
    expect(done).toBe(index + 1);
    expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(done);
    expect(inFlight).toBeLessThanOrEqual(8);
  }
  expect(steps.at(-1)).toMatchObject({ refused: 1, failed: 0, unknown: 0, inFlight: 0 });
  expect(world.orders).toHaveLength(20);
});

test("over every fault of the backend, no order is lost or exists twice", async () => {
  const { faults } = await import("../../scripts/faults/order-backend.ts");
  const kinds = Object.keys(faults) as (keyof typeof faults)[];
  let request = 0;
  // A third of all requests end in one of the faults, each in turn.
  world.nextFault = () => (request++ % 3 === 0 ? kinds[Math.floor(request / 3) % kinds.length] : undefined);
  const ledger = memoryLedger();
  const options = { ledger, lookup: { timeoutMs: 1_000 }, concurrency: 16 };
  const patient = createFulfillmentClient({
    ...{ accessToken: "t", baseUrl: `${backend.origin}/w/v1`, timeoutMs: 500 },
  });
  const outcomes = await collect(submitOrders(patient, submissions(120), options));
  const storedOf = ({ index }: SubmitOrdersOutcome): number =>
    world.orders.filter(({ customer }) => (customer as { sourceId: string }).sourceId === `customer-${index}`)
      .length;
  expect(outcomes).toHaveLength(120);
  for (const outcome of outcomes) {
    const stored = storedOf(outcome);
    if (outcome.order !== undefined) expect(stored).toBe(1);
    else if (outcome.outcome === "unknown") expect(stored).toBeLessThanOrEqual(1);
    else expect(stored).toBe(0);
  }
});

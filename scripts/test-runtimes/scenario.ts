import {
  ConfigurationError,
  ConnectionError,
  createFulfillmentClient,
  type FulfillmentClient,
  type FulfillmentClientOptions,
  OutcomeUnknownError,
  paginate,
  signWebhook,
  unwrap,
  ValidationError,
  verifyWebhook,
  WebhookVerificationError,
} from "juniper-fulfillment";
import { event, payload, secret } from "../samples/deliveries.ts";
import { orderRequest } from "../samples/requests.ts";

/** Where the mock is, and what it takes for credentials. */
export interface ScenarioOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly baseUrl: string;
  readonly tokenUrl: string;
  /** Where a server breaks its connections (see breaking-server.ts). */
  readonly breakingOrigin: string;
  /** Where a server breaks streams and connections of HTTP/2 (see breaking-http2.ts). Undefined where it isn't tried. */
  readonly http2:
    | { readonly origin: string; readonly clientOptions: Partial<FulfillmentClientOptions> }
    | undefined;
}

export interface ScenarioReport {
  /** What went wrong in each step, or null. */
  readonly steps: Readonly<Record<Step, string | null>>;
  /** How many requests went through the runtime's own fetch. */
  readonly fetched: number;
}

type Actions = typeof actions;

export type Step = keyof Actions;

/** How a connection breaks, and how often it is tried. An idle one is a race, so more often. */
const breaks: readonly (readonly [string, number])[] = [
  ["reset", 2],
  ["fin", 2],
  ["half-head", 2],
  ["half-body", 2],
  ["idle", 25],
];

/** How many orders go over HTTP/2. */
export const http2Orders = 8;

const actions = {
  "sign in": async ({ client, clientOptions, tokens }: Context) => {
    const isPage = "document" in globalThis;
    check(isPage === isRefused(clientOptions), `a secret is ${isPage ? "accepted" : "refused"}`);
    const { products = [] } = unwrap(
      await client.GET("/products", { params: { query: { status: "ACTIVE" } } }),
    );
    check(products.length > 0, "no products came");
    check(tokens.issued === 1, `${tokens.issued} tokens were issued`);
  },
  order: async ({ client }: Context) => {
    const order = unwrap(await client.POST("/orders", { body: orderRequest }));
    check(order.orderType === "ONE_TIME", `the order's type came as ${order.orderType}`);
    check(order.customer?.address.zipCode !== undefined, "the order came without a zipCode");
  },
  error: async ({ client }: Context) => {
    const call = client.POST("/orders", { body: orderRequest, headers: { prefer: "code=422" } });
    const error = await call.then(unwrap).catch((thrown: unknown) => thrown);
    check(error instanceof ValidationError, `${error} came in place of a ValidationError`);
    check(error.status === 422 && error.issues.length > 0, "the error came without its status or issues");
  },
  paginate: async ({ client }: Context) => {
    const placed: string[] = [];
    while (placed.length < 3) placed.push(unwrap(await client.POST("/orders", { body: orderRequest })).id);
    const found: string[] = [];
    for await (const { id, customer } of paginate(client, "/orders", { params: { query: { limit: 2 } } })) {
      check(customer?.address.zipCode !== undefined, "a listed order came without a zipCode");
      found.push(id);
    }
    check(new Set(found).size === found.length, "an order was listed twice");
    check(
      placed.every((id) => found.includes(id)),
      `of ${placed.length} orders, ${found.length} were listed`,
    );
  },
  webhook: async () => {
    const signature = await signWebhook({ payload, secret });
    const { order } = await verifyWebhook({ payload, signature, secret });
    check(order.orderId === event.order.orderId, "the event was not the one that was signed");
    const forged = payload.replace("SHIPPED", "FULFILLED");
    const call = verifyWebhook({ payload: forged, signature, secret });
    const error = await call.catch((thrown: unknown) => thrown);
    check(
      error instanceof WebhookVerificationError && error.reason === "no-match",
      "a forged body was let through",
    );
  },
  "sent once": async ({ breakingOrigin, http2, fetches }: Context) => {
    fetches.stop();
    for (const [way, times] of breaks) {
      for (const connection of ["cold", "reused"]) {
        const baseUrl = `${breakingOrigin}/${way}/${connection}`;
        for (let number = 0; number < times; number++) {
          // A client of its own has a connection of its own on Node. Elsewhere the runtime keeps them.
          const client = createFulfillmentClient({
            accessToken: "token",
            baseUrl: `${baseUrl}/${number}`,
            maxRetries: 0,
          });
          if (connection === "reused") await client.GET("/products").catch(() => {});
          if (way === "idle") await new Promise((resolve) => setTimeout(resolve, number % 10));
          await client.POST("/orders", { body: orderRequest }).catch(() => {});
        }
      }
    }
    for (let number = 0; http2 !== undefined && number < http2Orders; number++) {
      const { origin, clientOptions } = http2;
      const client = createFulfillmentClient({ ...clientOptions, accessToken: "token", baseUrl: origin });
      // Every second one is sent on a connection that has been used.
      if (number % 2 === 1) await client.GET("/products").catch(() => {});
      const error = await client.POST("/orders", { body: orderRequest }).catch((thrown: unknown) => thrown);
      check(error instanceof OutcomeUnknownError, `${error} came for an order that was read over HTTP/2`);
    }
  },
  "no server": async ({ fetches }: Context) => {
    // What is sent from here on does not reach the mock, which counts too.
    fetches.stop();
    const client = createFulfillmentClient({ accessToken: "token", baseUrl: nobody, maxRetries: 0 });
    const call = client.POST("/orders", { body: orderRequest });
    const error = await call.catch((thrown: unknown) => thrown);
    // A page and a worker are not told why a request failed, and so not whether the order may have been placed.
    const isTold = "process" in globalThis || "Bun" in globalThis || "Deno" in globalThis;
    const isRight = isTold ? error instanceof ConnectionError : error instanceof OutcomeUnknownError;
    check(isRight, `${error} came for an order that nobody could take`);
  },
};

/** An address at which nothing listens, on a port that no browser forbids. */
const nobody = "http://127.0.0.1:59917/v1";

/** The steps, in their order. */
export const steps = Object.keys(actions) as readonly Step[];

interface Context {
  readonly client: FulfillmentClient;
  readonly clientOptions: FulfillmentClientOptions;
  readonly tokens: { readonly issued: number };
  readonly fetches: FetchCount;
  readonly breakingOrigin: string;
  readonly http2: ScenarioOptions["http2"];
}

/** Walks through what a user does. It runs on every runtime as it stands, so it needs nothing but the package. */
export async function runScenario(options: ScenarioOptions): Promise<ScenarioReport> {
  const fetches = countFetches();
  const tokens = { issued: 0 };
  const { breakingOrigin, http2, ...clientOptions } = options;
  const client = createFulfillmentClient({
    ...clientOptions,
    dangerouslyAllowBrowser: true,
    maxRetries: 0,
    onToken: ({ requestCount }) => {
      tokens.issued = requestCount;
    },
  });
  const results: [Step, string | null][] = [];
  for (const step of steps) {
    const failure = await actions[step]({
      ...{ client, clientOptions, tokens },
      fetches,
      breakingOrigin,
      http2,
    }).then(
      () => null,
      (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error)),
    );
    results.push([step, failure]);
  }
  return { steps: Object.fromEntries(results) as Record<Step, string | null>, fetched: fetches.stop() };
}

interface FetchCount {
  /** Counts no further, and tells how many there were. */
  stop(): number;
}

/** The transport for the web calls the global fetch, and undici's doesn't: so its calls tell which one was chosen. */
function countFetches(): FetchCount {
  const platformFetch = globalThis.fetch;
  let count = 0;
  globalThis.fetch = (...request) => {
    count++;
    return platformFetch(...request);
  };
  return {
    stop: () => {
      globalThis.fetch = platformFetch;
      return count;
    },
  };
}

/** Whether a client is refused that has a secret, and no permission to have it in a browser. */
function isRefused(options: FulfillmentClientOptions): boolean {
  try {
    createFulfillmentClient(options);
    return false;
  } catch (error) {
    return error instanceof ConfigurationError;
  }
}

function check(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}

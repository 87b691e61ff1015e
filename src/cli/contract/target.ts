import { createFulfillmentClient, unwrap } from "juniper-fulfillment";
import { createMock } from "juniper-fulfillment/testing";
import { nearest } from "../../wrapper/nearest.ts";
import { UsageError } from "../command.ts";
import { type Connection, type ConnectionValues, readConnection } from "../connection.ts";
import { parseUrl } from "../options.ts";
import { orderOf, protocolOf } from "./cases.ts";

/** An API that is held against the document. */
export interface Target extends Connection {
  /** Whether what is written there is anybody's business: the mock of this process has no other users. */
  readonly isMock: boolean;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The API that `--against` names, or that the options of every command do.
 *
 * @throws {UsageError} when credentials are missing, or the words name no API.
 */
export async function readTarget(
  against: string | undefined,
  values: ConnectionValues,
  env: Env,
): Promise<Target> {
  if (against === undefined) return { ...readConnection(values, env), isMock: false };
  if (values["base-url"] !== undefined) {
    throw new UsageError("--against and --base-url both name the API: leave one of them out.");
  }
  if (against === "mock") return openMock(values);
  if (against === "sandbox") {
    if (values.environment !== undefined && values.environment !== "sandbox") {
      throw new UsageError("--against sandbox and --environment name two APIs: leave one of them out.");
    }
    // Said by name, it is the vendor's own, whatever address the environment holds.
    const own = { ...env, JUNIPER_BASE_URL: undefined, JUNIPER_TOKEN_URL: undefined };
    return { ...readConnection({ ...values, environment: "sandbox" }, own), isMock: false };
  }
  if (!against.includes(":")) throw unknownTarget(against);
  const url = parseUrl("against", against);
  if (values["token-url"] === undefined && !env.JUNIPER_TOKEN_URL) {
    throw new UsageError("A URL needs --token-url, the address of its token endpoint.");
  }
  return { ...readConnection({ ...values, "base-url": url.href }, env), isMock: false };
}

function unknownTarget(against: string): UsageError {
  if (against === "production") return new UsageError("For production, pass --environment production.");
  const like = nearest(against, ["mock", "sandbox"]);
  const hint = like === undefined ? "" : ` Did you mean '${like}'?`;
  return new UsageError(`--against must be mock, sandbox or a URL.${hint}`);
}

/** The mock in this process, with something of everything that can be read. */
async function openMock(values: ConnectionValues): Promise<Target> {
  if (values.environment !== undefined || values["token-url"] !== undefined) {
    throw new UsageError("--against mock needs no --environment and no --token-url: leave them out.");
  }
  const mock = createMock({
    stateful: true,
    receiveWebhook: async () => new Response(null, { status: 204 }),
  });
  const client = createFulfillmentClient(mock.clientOptions);
  const settings = { webhookUrl: "https://example.com/webhooks", website: "https://www.example.com" };
  unwrap(await client.PATCH("/partners/settings", { body: settings }));
  const { products } = unwrap(await client.GET("/products"));
  const product = products?.[0]?.id ?? 0;
  unwrap(await client.POST("/orders", { body: orderOf(product) }));
  unwrap(await client.POST("/protocols", { body: protocolOf(product) }));
  return {
    options: mock.clientOptions,
    ...{ where: "the mock", isProduction: false, saysProduction: false, isMock: true },
  };
}

import {
  cancelOrder,
  createFulfillmentClient,
  type FulfillmentClient,
  type FulfillmentClientOptions,
  type OrderRequest,
  type Result,
} from "juniper-fulfillment";
import type { Operation } from "../document/document.ts";
import { failed, notTried, type Trial, type TrialResult } from "./try-operations.ts";

/** A request that an API which keeps to the document refuses. What is of interest is how it says so. */
interface Refusal {
  readonly operationId: string;
  /** What is wrong with it, after the name of its operation. */
  readonly what: string;
  /** Whether something is created by an API that takes it. */
  readonly isWrite?: true;
  /** Whether it is sent with a token that nobody has issued. */
  readonly hasWrongToken?: true;
  send(client: FulfillmentClient, signal: AbortSignal | null): Promise<Result<unknown>>;
}

const refusals: readonly Refusal[] = [
  {
    operationId: "listOrders",
    what: "with a limit of 0",
    send: (client, signal) => client.GET("/orders", { params: { query: { limit: 0 } }, signal }),
  },
  {
    operationId: "getPartnerSettings",
    what: "with a wrong token",
    hasWrongToken: true,
    send: (client, signal) => client.GET("/partners/settings", { signal }),
  },
  {
    operationId: "createOrder",
    what: "with an empty order",
    isWrite: true,
    async send(client) {
      const result = await client.POST("/orders", { body: {} as OrderRequest });
      // An API that takes it must not carry it out.
      if (result.data?.id !== undefined) await cancelOrder(client, result.data.id);
      return result;
    },
  },
];

/** Sends what must be refused, and yields whether the errors have the shape that the document gives them. */
export async function* tryRefusals(
  client: FulfillmentClient,
  options: FulfillmentClientOptions,
  operations: readonly Operation[],
  trial: Trial,
): AsyncGenerator<TrialResult> {
  for (const refusal of refusals) {
    const known = operations.find(({ operation }) => operation.operationId === refusal.operationId);
    if (known === undefined) continue;
    const operation = { ...known, key: `${known.key} ${refusal.what}` };
    if (refusal.isWrite && !trial.allowWrites) {
      yield notTried(operation, "it writes if the API accepts it: --allow-writes tries it");
    } else if (trial.signal?.aborted) yield notTried(operation, "the run was stopped before");
    else
      yield await tryRefusal(
        refusal.hasWrongToken ? withWrongToken(options) : client,
        refusal,
        operation,
        trial,
      );
  }
}

async function tryRefusal(
  client: FulfillmentClient,
  { send }: Refusal,
  operation: Operation,
  { judge, spellings, signal }: Trial,
): Promise<TrialResult> {
  const startMs = performance.now();
  const verdict = async (): Promise<Omit<TrialResult, "operation" | "durationMs">> => {
    const { response, data, error } = await send(client, signal ?? null);
    if (response.ok) return { outcome: "not tried", findings: [], reason: "the API accepts it" };
    spellings.listenToError(error);
    const contentType = response.headers.get("content-type");
    const findings = judge.judge(operation, response.status, data ?? error, contentType);
    return { outcome: findings.length === 0 ? "holds" : "drifts", findings };
  };
  const found = await verdict().catch((error: unknown) => failed(error, signal));
  return { operation, ...found, durationMs: performance.now() - startMs };
}

function withWrongToken({ clientId, clientSecret, ...options }: FulfillmentClientOptions): FulfillmentClient {
  return createFulfillmentClient({ ...options, accessToken: "contract-test-no-such-token" });
}

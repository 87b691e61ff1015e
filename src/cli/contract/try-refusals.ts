import {
  createFulfillmentClient,
  type FulfillmentClient,
  type FulfillmentClientOptions,
  type OrderRequest,
  type Result,
} from "juniper-fulfillment";
import { CommandError } from "../command.ts";
import type { Operation } from "../document/document.ts";
import { isCancelled, mayHaveCreated } from "./take-back.ts";
import { failed, isOutage, notTried, outage, type Trial, type TrialResult } from "./try-operations.ts";

/** A request that an API which keeps to the document refuses. What is of interest is how it says so. */
interface Refusal {
  readonly operationId: string;
  /** What is wrong with it, after the name of its operation. */
  readonly what: string;
  /** Whether something is created by an API that takes it. */
  readonly isWrite?: true;
  /** Whether it is sent with a token that nobody has issued. */
  readonly hasWrongToken?: true;
  /** Whether an API may take it: the document doesn't say itself that it is refused. */
  readonly mayBeTaken?: true;
  /** Notes in `left` what may have been created, until it is taken back. */
  send(client: FulfillmentClient, signal: AbortSignal | null, left: Set<string>): Promise<Result<unknown>>;
}

const refusals: readonly Refusal[] = [
  {
    operationId: "listOrders",
    what: "with a limit of 0",
    mayBeTaken: true,
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
    async send(client, _signal, left) {
      // It has nothing by which it could be found but its time.
      const leftOrder =
        `An order without customer and items may exist: the API did not refuse it. Look for one that was created at ` +
        `${new Date().toISOString()} or soon after, and cancel it.`;
      left.add(leftOrder);
      const sending = client.POST("/orders", { body: {} as OrderRequest });
      if (await mayHaveCreated(sending)) {
        const order = await sending.then(
          ({ data }) => data,
          () => undefined,
        );
        // One with items is another order.
        const isIt = order?.id !== undefined && (order.lineItems ?? []).length === 0;
        if (!isIt || !(await isCancelled(client, order.id))) throw new CommandError(leftOrder);
      }
      left.delete(leftOrder);
      return sending;
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
  { send, mayBeTaken }: Refusal,
  operation: Operation,
  { judge, spellings, left = new Set(), signal }: Trial,
): Promise<TrialResult> {
  const startMs = performance.now();
  const verdict = async (): Promise<Omit<TrialResult, "operation" | "durationMs">> => {
    const { response, data, error } = await send(client, signal ?? null, left);
    if (response.ok && mayBeTaken) {
      return {
        outcome: "not tried",
        findings: [],
        reason: "the API accepts it: there is no error to look at",
      };
    }
    if (response.ok) {
      return {
        outcome: "drifts",
        findings: [{ place: "", what: "is accepted, where the document says that it is refused" }],
      };
    }
    if (isOutage(response.status)) return outage(response.status);
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

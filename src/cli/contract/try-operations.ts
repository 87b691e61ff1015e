import { type FulfillmentClient, FulfillmentError } from "juniper-fulfillment";
import { CommandError } from "../command.ts";
import type { Operation } from "../document/document.ts";
import { type Case, cases, type Known } from "./cases.ts";
import { derivedCase, listsFirst } from "./derived-case.ts";
import type { FieldShares } from "./field-shares.ts";
import type { Finding, ResponseJudge } from "./findings.ts";
import { FoundIds } from "./found-ids.ts";
import type { Spellings } from "./heard-spellings.ts";
import { isPaginated, judgePages, mostItems as usualMostItems } from "./paging.ts";

/** What came of one operation. */
export interface TrialResult {
  readonly operation: Operation;
  readonly outcome: "holds" | "drifts" | "failed" | "not tried";
  readonly findings: readonly Finding[];
  /** Why it was not tried, or how it failed. */
  readonly reason?: string;
  /** How long its case took, in milliseconds. */
  readonly durationMs: number;
}

/** What responses are compared with, and what listens to the calls. */
export interface Trial {
  readonly judge: ResponseJudge;
  readonly spellings: Spellings;
  readonly fields?: FieldShares | undefined;
  /** Whether operations that write are tried. */
  readonly allowWrites: boolean;
  /** How many items a list may have until it is taken to have no end. */
  readonly mostItems?: number | undefined;
  /** Gets a sentence on each thing that may have been created, until it is taken back. */
  readonly left?: Set<string> | undefined;
  /** Ends it: what was created is still taken back, and nothing else is tried. */
  readonly signal?: AbortSignal | undefined;
}

/** Tries every operation of the document in turn, and yields each result as soon as it is there. */
export async function* tryOperations(
  client: FulfillmentClient,
  operations: readonly Operation[],
  trial: Trial,
): AsyncGenerator<TrialResult> {
  const known: Known = {
    ids: new FoundIds(),
    left: trial.left ?? new Set(),
    mostItems: trial.mostItems ?? usualMostItems,
  };
  const untried = new Map(
    operations.map((operation) => [String(operation.operation.operationId), operation]),
  );
  const tried = async (entry: Case, operation: Operation): Promise<TrialResult> => {
    if (entry.isWrite && !trial.allowWrites) {
      return notTried(operation, "it writes: --allow-writes tries it");
    }
    if (trial.signal?.aborted && !entry.takesBack) return notTried(operation, "the run was stopped before");
    return tryCase(client, entry, known, operation, trial);
  };
  for (const entry of cases) {
    const operation = untried.get(entry.operationId);
    if (operation === undefined) continue;
    untried.delete(entry.operationId);
    yield await tried(entry, operation);
  }
  for (const operation of listsFirst(untried.values())) {
    const entry = derivedCase(operation, trial.judge);
    yield typeof entry === "string" ? notTried(operation, entry) : await tried(entry, operation);
  }
  // How an error is told can be heard without doing harm.
  if (!trial.signal?.aborted) await listenToUnknownOrder(client, trial);
}

async function tryCase(
  client: FulfillmentClient,
  entry: Case,
  known: Known,
  operation: Operation,
  { judge, spellings, fields, mostItems, signal }: Trial,
): Promise<TrialResult> {
  const startMs = performance.now();
  const verdict = async (): Promise<Omit<TrialResult, "operation" | "durationMs">> => {
    // What a stopped write has done would not be known.
    const result = await entry.run(client, known, entry.isWrite ? null : (signal ?? null));
    if (typeof result === "string") return { outcome: "not tried", findings: [], reason: result };
    const { response, data, error } = result;
    if (isOutage(response.status)) return outage(response.status);
    if (response.ok) {
      spellings.listen(operation, response.status, data);
      fields?.listen(operation, response.status, data);
      if (operation.method === "get") known.ids.remember(operation.path, data);
    } else spellings.listenToError(error);
    const contentType = response.headers.get("content-type");
    const findings = judge.judge(operation, response.status, data ?? error, contentType);
    const { method, path } = operation;
    if (response.ok && findings.length === 0 && method === "get" && isPaginated(path)) {
      findings.push(...(await judgePages(client, path, signal, mostItems)));
    }
    if (findings.length > 0) return { outcome: "drifts", findings };
    if (response.ok) return { outcome: "holds", findings };
    const reason = `the response was ${response.status}, as documented`;
    if (response.status !== 404) return { outcome: "failed", findings, reason };
    return { outcome: "not tried", findings, reason: `there is none: ${reason}` };
  };
  const found = await verdict().catch((error: unknown) => failed(error, signal));
  return { operation, ...found, durationMs: performance.now() - startMs };
}

/** Whether an API is out of order, or has no time: that says nothing of the document. */
export function isOutage(status: number): boolean {
  return status === 429 || status >= 500;
}

export function outage(status: number): Pick<TrialResult, "outcome" | "findings" | "reason"> {
  return { outcome: "failed", findings: [], reason: `the response was ${status}` };
}

/** The package's own errors name method, path and status, and nothing of what was sent or received. Others may. */
export function failed(
  error: unknown,
  signal: AbortSignal | undefined,
): Omit<TrialResult, "operation" | "durationMs"> {
  // What may be left has to be told all the same.
  if (signal?.aborted && !(error instanceof CommandError)) {
    return { outcome: "not tried", findings: [], reason: "the run was stopped" };
  }
  const isOurs = error instanceof FulfillmentError || error instanceof CommandError;
  const reason = isOurs ? error.message : "an unknown error";
  return { outcome: "failed", findings: [], reason };
}

async function listenToUnknownOrder(client: FulfillmentClient, { spellings, signal }: Trial): Promise<void> {
  const orderId = "contract-test-no-such-order";
  const { error } = await client
    .GET("/orders/{orderId}", { params: { path: { orderId } }, signal: signal ?? null })
    .catch(() => ({ error: undefined }));
  if (error !== undefined) spellings.listenToError(error);
}

export function notTried(operation: Operation, reason: string): TrialResult {
  return { operation, outcome: "not tried", findings: [], reason, durationMs: 0 };
}

import type { FulfillmentClient } from "juniper-fulfillment";
import type { Operation } from "../document/document.ts";
import { type Case, cases, type Known } from "./cases.ts";
import type { Finding, ResponseJudge } from "./findings.ts";
import type { Spellings } from "./heard-spellings.ts";

/** What came of one operation. */
export interface TrialResult {
  readonly operation: Operation;
  readonly outcome: "holds" | "drifts" | "failed" | "not tried";
  readonly findings: readonly Finding[];
  /** Why it was not tried, or how it failed. */
  readonly reason?: string;
}

/** What responses are compared with, and what listens to the calls. */
export interface Trial {
  readonly judge: ResponseJudge;
  readonly spellings: Spellings;
}

/** Tries every operation of the document in turn, and yields each result as soon as it is there. */
export async function* tryOperations(
  client: FulfillmentClient,
  operations: readonly Operation[],
  { judge, spellings, allowWrites }: Trial & { readonly allowWrites: boolean },
): AsyncGenerator<TrialResult> {
  const known: Known = {};
  const untried = new Map(
    operations.map((operation) => [String(operation.operation.operationId), operation]),
  );
  for (const entry of cases) {
    const operation = untried.get(entry.operationId);
    if (operation === undefined) continue;
    untried.delete(entry.operationId);
    if (entry.isWrite && !allowWrites) yield notTried(operation, "it writes; --allow-writes tries it");
    else yield await tryCase(client, entry, known, operation, { judge, spellings });
  }
  for (const operation of untried.values()) yield notTried(operation, "there is no case for it yet");
}

async function tryCase(
  client: FulfillmentClient,
  entry: Case,
  known: Known,
  operation: Operation,
  { judge, spellings }: Trial,
): Promise<TrialResult> {
  try {
    const result = await entry.run(client, known);
    if (typeof result === "string") return notTried(operation, result);
    const { response, data, error } = result;
    if (response.ok) spellings.listen(operation, response.status, data);
    else spellings.listenToError(error);
    const findings = judge.judge(operation, response.status, data ?? error);
    if (findings.length > 0) return { operation, outcome: "drifts", findings };
    if (response.ok) return { operation, outcome: "holds", findings };
    if (response.status === 404)
      return notTried(operation, "there is none: the response was 404, as documented");
    return {
      operation,
      outcome: "failed",
      findings,
      reason: `the response was ${response.status}, as documented`,
    };
  } catch (error) {
    // The package's own errors name method, path and status, and nothing of what was sent or received.
    return { operation, outcome: "failed", findings: [], reason: (error as Error).message };
  }
}

function notTried(operation: Operation, reason: string): TrialResult {
  return { operation, outcome: "not tried", findings: [], reason };
}

import { CallJournal } from "./call-journal.ts";
import type { CallInfo } from "./errors.ts";
import { OutcomeUnknownError } from "./errors.ts";
import { type CallEvent, type CallOutcome, type Hooks, notify } from "./hooks.ts";
import { isUnsafe } from "./may-have-acted.ts";
import { serverOf } from "./request-url.ts";
import { unwrap } from "./result.ts";
import type { Timing } from "./timing.ts";
import { tell, traced } from "./tracing.ts";

/** What a call comes to, as far as it is looked at here. */
interface Observed {
  readonly error?: unknown;
  readonly response: Response;
}

/**
 * Makes a call, and tells once what became of it: `onCall`, and whoever subscribes to `juniper-fulfillment:call`. A
 * client that nobody watches pays for none of this.
 */
export function observeCall<Result extends Observed>(
  { hooks, timing }: { readonly hooks: Hooks; readonly timing: Timing },
  info: CallInfo,
  perform: (journal?: CallJournal) => Promise<Result>,
  baseUrl: string,
): Promise<Result> {
  const { onCall, onRequest, onResponse, onRetry } = hooks;
  const isTraced = traced.call.isWatched;
  if (onCall === undefined && !isTraced) {
    const areAttemptsTold = onRequest ?? onResponse ?? onRetry ?? traced.attempt.isWatched;
    return perform(areAttemptsTold ? new CallJournal() : undefined);
  }
  const journal = new CallJournal();
  const told = { callId: journal.callId, ...info };
  const context = isTraced ? { ...told, server: serverOf(baseUrl) } : told;
  const startMs = timing.monotonicMs();
  const conclude = (outcome: CallOutcome, error?: unknown): void => {
    const { attempts, status, requestId } = journal;
    const durationMs = timing.monotonicMs() - startMs;
    const event: CallEvent = { ...told, attempts, status, requestId, durationMs, outcome, error };
    if (isTraced) tell(context, event);
    if (onCall !== undefined) notify(onCall, event);
  };
  const observed = async (): Promise<Result> => {
    try {
      const result = await perform(journal);
      conclude(...verdictOf(result));
      return result;
    } catch (error) {
      const isInDoubt =
        error instanceof OutcomeUnknownError || (isUnsafe(info.method) && journal.mayHaveActed);
      conclude(isInDoubt ? "unknown" : "failed", error);
      throw error;
    }
  };
  return isTraced ? traced.call.run(context, observed) : observed();
}

/** How a call ended that has a result, and the error that `unwrap` throws of it. */
function verdictOf(result: Observed): [outcome: CallOutcome, error?: unknown] {
  try {
    unwrap(result as Parameters<typeof unwrap>[0]);
    return ["success"];
  } catch (error) {
    if (error instanceof OutcomeUnknownError) return ["unknown", error];
    return [result.response.ok ? "failed" : "refused", error];
  }
}

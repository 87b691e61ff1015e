import { CallJournal } from "./call-journal.ts";
import type { CallInfo } from "./errors.ts";
import { OutcomeUnknownError } from "./errors.ts";
import { type CallEvent, type CallOutcome, type Hooks, notify } from "./hooks.ts";
import { errorOf } from "./result.ts";
import type { Timing } from "./timing.ts";
import { traced } from "./tracing.ts";

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
): Promise<Result> {
  const { onCall, onRequest, onResponse, onRetry } = hooks;
  const isTraced = traced.call.isWatched;
  if (onCall === undefined && !isTraced) {
    const areAttemptsTold = onRequest ?? onResponse ?? onRetry ?? traced.attempt.isWatched;
    return perform(areAttemptsTold ? new CallJournal() : undefined);
  }
  const journal = new CallJournal();
  const event: Partial<CallEvent> = { callId: journal.callId, ...info };
  const startMs = timing.monotonicMs();
  const conclude = (outcome: CallOutcome, error?: unknown): void => {
    const { attempts, status, requestId } = journal;
    const durationMs = timing.monotonicMs() - startMs;
    Object.assign(event, { attempts, status, requestId, durationMs, outcome, error });
  };
  const observed = async (): Promise<Result> => {
    try {
      const result = await perform(journal);
      if (result.response.ok) {
        conclude("success");
      } else {
        const error = errorOf(info, result.response, result.error);
        conclude(error instanceof OutcomeUnknownError ? "unknown" : "refused", error);
      }
      return result;
    } catch (error) {
      conclude(error instanceof OutcomeUnknownError ? "unknown" : "failed", error);
      throw error;
    } finally {
      if (onCall !== undefined) notify(onCall, event as CallEvent);
    }
  };
  return isTraced ? traced.call.run(event, observed) : observed();
}

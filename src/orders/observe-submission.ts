import { OutcomeUnknownError } from "../wrapper/errors.ts";
import { tell, traced } from "../wrapper/tracing.ts";
import type { SubmitOrderResult } from "./submit-options.ts";

/**
 * Submits an order, and tells whoever subscribes to `juniper-fulfillment:submit` what became of it. The reference and the
 * order's id are left out: the partner may have put more into the first than belongs in a log.
 */
export function observeSubmission(submit: () => Promise<SubmitOrderResult>): Promise<SubmitOrderResult> {
  if (!traced.submit.isWatched) return submit();
  const context = {};
  return traced.submit.run(context, async () => {
    try {
      const result = await submit();
      tell(context, { outcome: result.outcome });
      return result;
    } catch (error) {
      tell(context, { outcome: error instanceof OutcomeUnknownError ? "unknown" : "failed" });
      throw error;
    }
  });
}

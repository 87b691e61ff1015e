import type { Order } from "../generated/schema.ts";
import { notify } from "../wrapper/hooks.ts";
import { timeOf } from "./created-at.ts";
import { graceMs } from "./deadline.ts";
import type { PendingEntry, Stored } from "./entry.ts";
import { differingFields, type Likeness } from "./fingerprint.ts";
import type { SubmissionContext } from "./submission-context.ts";

/**
 * Notes in which form the API returned an order that was submitted, which is what lookups rest on. Never rejects.
 *
 * @param entry Where this call has sent the order: then it was stored since, and has to say so.
 */
export async function noteForm(
  context: SubmissionContext,
  stored: Likeness,
  entry?: Stored<PendingEntry>,
): Promise<void> {
  const { parts, identity, closing } = context;
  try {
    const { loose, strict } = differingFields(identity.likeness, stored);
    if (entry !== undefined && !isSince(entry, stored, parts)) loose.push("createdAt");
    const fields = await context
      .echo(closing.shortened(graceMs))
      .note({ loose, strict }, parts.timing.wallMs());
    if (fields.length > 0) notify(parts.onDifference, fields);
  } catch {
    // The next order will tell.
  }
}

/** Whether an order says that it was stored between its first sending and now. One that says nothing is never ruled out. */
function isSince(
  { entry }: Stored<PendingEntry>,
  { order }: Likeness,
  { timing, lookup }: SubmissionContext["parts"],
): boolean {
  const timeMs = timeOf(order as Order);
  const { clockSkewMs } = lookup;
  return !(timeMs < entry.startedAtMs - clockSkewMs || timeMs > timing.wallMs() + clockSkewMs);
}

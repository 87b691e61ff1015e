import type { Order } from "../generated/schema.ts";
import { ConfigurationError } from "../wrapper/errors.ts";
import { notify } from "../wrapper/hooks.ts";
import { timeOf } from "./created-at.ts";
import { type Deadline, graceMs } from "./deadline.ts";
import { knownOrderOf } from "./echo.ts";
import type { PendingEntry, Stored } from "./entry.ts";
import { differingFields, type Likeness } from "./fingerprint.ts";
import type { SubmissionContext } from "./submission-context.ts";

export interface Noted {
  /** Where this call has sent the order: then it was stored since, and has to say so. */
  readonly sent?: Stored<PendingEntry>;
  /** Whether it is certain that the API has the order, and has had it since its reference was entered. */
  readonly exists?: boolean;
}

/** Notes in which form the API returned an order that was submitted, which is what lookups rest on. Never rejects. */
export async function noteForm(
  context: SubmissionContext,
  stored: Likeness,
  { sent, exists = false }: Noted = {},
): Promise<void> {
  const { parts, identity, closing } = context;
  const nowMs = parts.timing.wallMs();
  try {
    const { loose, strict } = differingFields(identity.likeness, stored);
    if (sent !== undefined && !isSince(sent, stored, parts)) loose.push("createdAt");
    const known = exists ? await knownOrderOf(stored.order as Order, nowMs) : undefined;
    const note = (deadline: Deadline) => context.echo(deadline).note({ loose, strict }, known, nowMs);
    const differs = loose.length + strict.length > 0;
    // What keeps orders from being sent again must not be lost. Where there is nothing such, the next order will tell.
    const fields = differs ? await context.insist(note) : await note(closing.shortened(graceMs));
    if (fields !== undefined && fields.length > 0) notify(parts.onDifference, fields);
  } catch (error) {
    // Of what fails for now, the next order will tell.
    if (error instanceof ConfigurationError) notify(parts.onLedgerError, error);
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

/** Why a document was not taken. The message says what to do; nothing was written. */
export class SpecError extends Error {
  override readonly name = "SpecError";
}

/** The host is down or busy: the same attempt may succeed later. */
export class UnreachableError extends SpecError {}

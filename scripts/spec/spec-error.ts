/** Why a document was not taken. The message says what to do; nothing was written. */
export class SpecError extends Error {
  override readonly name = "SpecError";
}

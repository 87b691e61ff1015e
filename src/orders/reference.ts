/** Whether it can be a reference: a string of 1 to 256 characters, without half of a surrogate pair, which has no bytes. */
export function isReference(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= 256 && !/[\ud800-\udfff]/u.test(value);
}

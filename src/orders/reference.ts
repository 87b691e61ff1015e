/** Whether it can be a reference: a string of 1 to 256 characters. */
export function isReference(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= 256;
}

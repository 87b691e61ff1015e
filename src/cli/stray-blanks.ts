/** Whether a value has what nobody writes on purpose: a blank at an end, or a line break or another control character. */
export function hasStrayBlanks(value: string): boolean {
  return value !== value.trim() || /\p{Cc}/u.test(value);
}

/**
 * What an error says in a production bundle for browsers: the number of its text in `docs/error-codes.md`, and what is
 * put into the text.
 */
export function shortText(number: number, ...inserted: readonly unknown[]): string {
  return `Error ${[number, ...inserted].join(", ")}. See docs/error-codes.md of juniper-fulfillment.`;
}

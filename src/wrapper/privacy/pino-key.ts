/** A key that can't follow a dot, in the syntax of pino's paths. Within quotes pino knows no escapes. */
export function inBrackets(key: string): string {
  const quote = key.includes('"') ? "'" : '"';
  return `[${quote}${key}${quote}]`;
}

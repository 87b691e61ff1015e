/**
 * Reads `Retry-After`, in seconds or as a date, into milliseconds (RFC 9110, section 10.2.3). Undefined when it is
 * missing or no valid value.
 */
export function parseRetryAfter(value: string | null, now: () => number = Date.now): number | undefined {
  if (value === null) return undefined;
  if (/^\s*\d{1,10}\s*$/.test(value)) return Number(value) * 1000;
  // An HTTP date names a weekday. Date.parse alone would take "-5" for a year.
  const date = /^\s*[A-Za-z]/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now());
}

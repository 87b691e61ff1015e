/**
 * Reads `Retry-After`, in seconds or as a date, into milliseconds (RFC 9110, section 10.2.3). Undefined when it is
 * missing or no valid value.
 */
export function parseRetryAfter(value: string | null, now: () => number = Date.now): number | undefined {
  const trimmed = value?.trim();
  if (trimmed === undefined || trimmed === "") return undefined;
  if (/^\d+$/.test(trimmed)) return Number(trimmed) * 1000;
  const nowMs = now();
  const dateMs = parseHttpDate(trimmed, nowMs);
  return dateMs === undefined ? undefined : Math.max(0, dateMs - nowMs);
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const monthPattern = `(?<month>${months.join("|")})`;
const timePattern = "(?<hour>[01]\\d|2[0-3]):(?<minute>[0-5]\\d):(?<second>[0-5]\\d|60)";

/** RFC 9110, section 5.6.7: the preferred form, that of RFC 850, and that of asctime. All three are in UTC. */
const datePatterns = [
  `[A-Z][a-z]{2}, (?<day>\\d\\d) ${monthPattern} (?<year>\\d{4}) ${timePattern} GMT`,
  `[A-Z][a-z]{5,8}, (?<day>\\d\\d)-${monthPattern}-(?<year>\\d\\d) ${timePattern} GMT`,
  `[A-Z][a-z]{2} ${monthPattern} (?<day>[ \\d]\\d) ${timePattern} (?<year>\\d{4})`,
].map((pattern) => new RegExp(`^${pattern}$`));

/** The time of an HTTP date, in milliseconds since 1970. Undefined when it is none. */
function parseHttpDate(value: string, nowMs: number): number | undefined {
  for (const pattern of datePatterns) {
    const { month = "", day, year = "", hour, minute, second } = pattern.exec(value)?.groups ?? {};
    if (day === undefined) continue;
    const time = [months.indexOf(month), ...[day, hour, minute, second].map(Number)] as const;
    const at = (fullYear: number): number => Date.UTC(fullYear, ...(time as [number, number]));
    // There is no 30 February.
    if (new Date(at(Number(year))).getUTCDate() !== Number(day) && Number(second) !== 60) return undefined;
    return year.length === 4 ? at(Number(year)) : at(fullYearOf(Number(year), at, nowMs));
  }
  return undefined;
}

/** RFC 9110, section 5.6.7: a two-digit year that seems to be more than 50 years in the future is in the past. */
function fullYearOf(year: number, at: (fullYear: number) => number, nowMs: number): number {
  const now = new Date(nowMs);
  const inThisCentury = now.getUTCFullYear() - (now.getUTCFullYear() % 100) + year;
  const latestMs = new Date(nowMs).setUTCFullYear(now.getUTCFullYear() + 50);
  return at(inThisCentury) > latestMs ? inThisCentury - 100 : inThisCentury;
}

/** What only a slow machine prints: how far a command has come after ten seconds. */
const progress = /^\d+ (lines checked, \d+ with problems|of \d+ orders, \d+ in flight|of \d+ operations)$/;

/**
 * Replaces what is another in every run: ports, times, durations, random identifiers, the version of Node. Of what the
 * vendor's document and our register list, two lines stand for all, so that the page stays true when they change.
 */
export function hideChance(lines: readonly string[], ports: Readonly<Record<number, number>>): string[] {
  const identifiers: string[] = [];
  const text = lines
    .filter((line) => !progress.test(line))
    .join("\n")
    .replace(/(?<=:)\d{2,5}\b/g, (port) => String(ports[Number(port)] ?? port))
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z/g, "2026-01-31T12:00:00.000Z")
    .replace(/\b\d+ ms\b/g, "12 ms")
    .replace(/^((holds {5}.*\n){2})(holds {5}.*\n)+/gm, "$1…\n")
    .replace(/^(JH-\d+ {2}.*\n)+/gm, "JH-01  zip\n…\n")
    .replace(/^\d+(?= responses: )/gm, "26")
    .replace(/^\d+(?= holds, )/gm, "18")
    .replace(/(?<=Node +)\d+\.\d+\.\d+/g, "24.0.0")
    .replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, (identifier) => {
      if (!identifiers.includes(identifier)) identifiers.push(identifier);
      return `00000000-0000-4000-8000-${String(identifiers.indexOf(identifier) + 1).padStart(12, "0")}`;
    });
  return text === "" ? [] : text.split("\n");
}

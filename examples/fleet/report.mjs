const meanings = {
  created: "created",
  found: "found: the response was lost, and a lookup found the order",
  "already-submitted": "submitted before",
  refused: "refused: correct them in the file, and run it again",
  unknown:
    "unknown: they may or may not exist. The next run looks again, and sends nothing. See npm run desk",
  open: "open: run it again",
};
const mostShown = 10;

/** Prints how many orders came to which end, and which need a person. Returns the exit code. */
export function printReport({ results, stopped, report }) {
  if (stopped !== undefined) console.log(`\n${stopped} Run the same command again to go on.`);
  console.log(`\n${String(results.length).padStart(8)} orders`);
  for (const [outcome, meaning] of Object.entries(meanings)) {
    const some = results.filter((result) => result.outcome === outcome);
    if (some.length === 0 && ["already-submitted", "open"].includes(outcome)) continue;
    console.log(`${String(some.length).padStart(8)} ${some.length === 0 ? outcome : meaning}`);
    if (outcome === "open") continue;
    for (const { lineNumber, reference = "", error } of some
      .filter((result) => result.error)
      .slice(0, mostShown)) {
      console.log(`         line ${lineNumber} ${reference}: ${error}`);
    }
    if (some[0]?.error && some.length > mostShown)
      console.log(`         and ${some.length - mostShown} more`);
  }
  if (report !== undefined) console.log(`\nWhat became of each order is in ${report}.`);
  const isGood = ({ outcome }) => ["created", "found", "already-submitted"].includes(outcome);
  return results.every(isGood) ? 0 : 1;
}

import type { SubmitOrdersProgress } from "juniper-fulfillment";
import type { Terminal } from "../command.ts";

/** What became of the orders of a file, and what it means. */
const rows = [
  ["created", "placed now", "green"],
  ["found", "placed, and found by a lookup", "green"],
  ["alreadySubmitted", "placed by an earlier run", "green"],
  ["refused", "not accepted: correct them, and submit the file again", "red"],
  ["failed", "not placed by this run, for a reason that may pass: submit the file again", "yellow"],
  ["unknown", "may or may not exist: see orders unsettled", "red"],
] as const satisfies readonly (readonly [keyof SubmitOrdersProgress, string, "green" | "yellow" | "red"])[];

/** The table of outcomes. Kinds that no order came to are left out. */
export function outcomeTable(counts: SubmitOrdersProgress, { paint }: Terminal): string {
  const shown = rows.filter(([name]) => counts[name] > 0);
  const width = Math.max(1, ...shown.map(([name]) => String(counts[name]).length));
  return shown
    .map(([name, meaning, colour]) => {
      const label = name === "alreadySubmitted" ? "already submitted" : name;
      return `${String(counts[name]).padStart(width)}  ${paint(colour, label.padEnd(17))}  ${meaning}`;
    })
    .join("\n");
}

import { type Latency, latencyOf } from "./latency.ts";
import { countOutcomes, findingLine, type LiveRun, stoppedSentence } from "./live-report.ts";
import type { TrialResult } from "./try-operations.ts";

/** The run as JUnit XML, which CI systems read: a test case for each operation. Shapes alone, as in every report. */
export function junitReport({ where, date, results, durationsMs, baseline, wasStopped }: LiveRun): string {
  const counts = countOutcomes(results);
  // What was not tried is skipped, and a report of that alone would pass for a good one.
  const stopped = wasStopped
    ? [
        `    <testcase${attributes({ classname: "contract", name: "the whole run", time: "0.000" })}>${errorOf(stoppedSentence)}</testcase>`,
      ]
    : [];
  const suite = attributes({
    name: `juniper-fulfillment contract, against ${where}`,
    tests: results.length + stopped.length,
    failures: counts.drifts,
    errors: counts.failed + stopped.length,
    skipped: counts["not tried"],
    time: inSeconds(results.reduce((sum, { durationMs }) => sum + durationMs, 0)),
    timestamp: date.toISOString().slice(0, 19),
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<testsuites>",
    `  <testsuite${suite}>`,
    ...latencyProperties({ latency: latencyOf(durationsMs), baseline }),
    ...results.map(testCase),
    ...stopped,
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

/** How long responses took, and before, in milliseconds. */
function latencyProperties(latencies: Readonly<Record<string, Latency | undefined>>): string[] {
  const properties = Object.entries(latencies).flatMap(([name, latency]) => {
    if (latency === undefined) return [];
    const { p50, p95 } = latency;
    return Object.entries({ p50, p95 }).map(
      ([what, ms]) => `      <property${attributes({ name: `${name}.${what}`, value: ms })}/>`,
    );
  });
  return properties.length === 0 ? [] : ["    <properties>", ...properties, "    </properties>"];
}

function testCase(result: TrialResult): string {
  const { operation, durationMs } = result;
  const head = `<testcase${attributes({ classname: "contract", name: operation.key, time: inSeconds(durationMs) })}`;
  const verdict = verdictOf(result);
  return verdict === "" ? `    ${head}/>` : `    ${head}>${verdict}</testcase>`;
}

function verdictOf({ outcome, findings, reason = "" }: TrialResult): string {
  const lines = findings.map(findingLine);
  switch (outcome) {
    case "holds":
      return "";
    case "not tried":
      return `<skipped${attributes({ message: reason })}/>`;
    case "failed":
      return errorOf(reason);
    case "drifts":
      return `<failure${attributes({ message: lines[0] ?? "", type: "drift" })}>${escapeXml(lines.join("\n"))}</failure>`;
  }
}

function errorOf(message: string): string {
  return `<error${attributes({ message })}/>`;
}

function inSeconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`)
    .join("");
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { projectRoot } from "../../scripts/package/project-root.ts";

const read = (path: string): string => readFileSync(join(projectRoot, path), "utf8");

const rowsOf = (text: string): string[][] =>
  text
    .split("\n")
    .filter((line) => line.includes(" | "))
    .map((line) =>
      line
        .replace(/^\| ?| ?\|$/g, "")
        .split("|")
        .map((cell) => cell.trim()),
    );

/** The rows of the page's first table, with what "the same" stands for. */
const page = new Map(
  rowsOf(read("docs/failures.md").split("\n## ")[0] ?? "").map(([failure = "", read = "", ...others]) => {
    const [create = "", submit = ""] = others.map((cell) =>
      /^the same\b/.test(cell) ? `${read} ${cell}` : cell,
    );
    return [failure, { read, replace: read, create, submit }] as const;
  }),
);

/** What the harness saw: fault → class of operation → what the user gets when it strikes once, and always. */
const matrix = rowsOf(read("test/faults/matrix.txt")).slice(1);

/** The faults of the harness, and the row of the page that says what becomes of each. */
const rows: Readonly<Record<string, string>> = {
  "connection refused": "no connection can be made",
  "reset before headers, nothing done": "the connection breaks, or the time is up",
  "commit, then drop": "the connection breaks, or the time is up",
  "commit, then stall": "the connection breaks, or the time is up",
  "429 with Retry-After": "429",
  "503 without": "408, 500, 502, 503, 504",
  "commit, then 502 in HTML": "408, 500, 502, 503, 504",
  "HTML in place of JSON": "a success that is broken: JSON, HTML, too large",
  "301 to another host": "301, 307, 308",
  "credentials refused": "no token is issued",
};

const words: Readonly<Record<string, RegExp>> = {
  ok: /\bretried\b/,
  created: /\bretried\b/,
  found: /\blooked for\b|`found`/,
  CONNECTION: /`ConnectionError`/,
  TIMEOUT: /`TimeoutError`/,
  RATE_LIMIT: /`RateLimitError`/,
  API_ERROR: /`ApiError`/,
  AUTHENTICATION: /`AuthenticationError`/,
  UNEXPECTED_RESPONSE: /`UnexpectedResponseError`/,
  OUTCOME_UNKNOWN: /`OutcomeUnknownError`|\blooked for\b/,
};

describe("docs/failures.md says what users get when there is", () => {
  for (const [fault, row] of Object.entries(rows)) {
    test(fault, () => {
      const cells = page.get(row);
      const seen = matrix.filter(([name]) => name === fault);
      expect(seen).toHaveLength(4);
      for (const [, operation = "", ...strikes] of seen) {
        const cell = cells?.[operation as "read" | "replace" | "create" | "submit"];
        for (const strike of strikes) expect(cell).toMatch(words[strike.split(",")[0] ?? ""] ?? /never/);
      }
    });
  }
});

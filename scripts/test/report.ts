/** What vitest's JSON reporter writes, as far as it is read here. */
export interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** Tests of one file that skipped themselves for one reason. */
export interface Skipped {
  readonly file: string;
  readonly reason: string;
  readonly tests: readonly string[];
}

/** The skipped tests by file and reason. A test that may skip itself says why at the end of a name: `(skipped: …)`. */
export function skippedTests({ testResults }: Report, root: string): Skipped[] {
  const groups = new Map<string, { file: string; reason: string; tests: string[] }>();
  for (const { name, assertionResults } of testResults) {
    const file = fileIn(root, name);
    for (const { fullName, status } of assertionResults) {
      if (!["skipped", "pending", "disabled", "todo"].includes(status)) continue;
      const reason =
        /\(skipped: ([^)]*)\)/.exec(fullName)?.[1] ?? "no reason in its name: see its note above";
      const group = groups.get(`${file} ${reason}`) ?? { file, reason, tests: [] };
      group.tests.push(fullName.replace(/ ?\(skipped: [^)]*\)/g, ""));
      groups.set(`${file} ${reason}`, group);
    }
  }
  return [...groups.values()];
}

/** The failed tests, each after its file: the file alone, where it failed before or after its tests. */
export function failedTests({ testResults }: Report, root: string): string[] {
  return testResults
    .filter(({ status }) => status === "failed")
    .flatMap(({ name, assertionResults }) => {
      const failed = assertionResults.filter((test) => test.status === "failed");
      const file = fileIn(root, name);
      return failed.length === 0 ? [file] : failed.map(({ fullName }) => `${file}: ${fullName}`);
    });
}

const fileIn = (root: string, name: string): string =>
  name.replaceAll("\\", "/").replace(`${root.replaceAll("\\", "/").replace(/\/$/, "")}/`, "");

/** Those that name a program which is there, so that they should have run. */
export function wronglySkipped(skipped: readonly Skipped[], installed: readonly string[]): Skipped[] {
  return skipped.filter(({ reason }) => installed.some((program) => reason.includes(program)));
}

/** A line for each reason of a file, with the tests below it. */
export function formatSkipped(skipped: readonly Skipped[]): string {
  return skipped
    .map(({ file, reason, tests }) =>
      [`  ${file}: ${reason}`, ...tests.map((test) => `    ${test}`)].join("\n"),
    )
    .join("\n");
}

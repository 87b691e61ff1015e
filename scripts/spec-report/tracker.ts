import { execFileSync } from "node:child_process";

/** What an issue of the watch is about. There is at most one open issue about each. */
export type Topic = "document" | "host";

export interface Report {
  readonly title: string;
  readonly body: string;
  /** Changes with what is to be looked at, and not with each run. */
  readonly key: string;
  /** What to say when the key has changed. */
  readonly news: string;
}

interface Issue {
  readonly number: number;
  readonly body: string;
}

const label = "spec-watch";

/** Opens the issue about a topic, or writes the open one anew, and comments only if there is news. */
export function report(topic: Topic, { title, body, key, news }: Report): string {
  const text = `${marker(topic)} ${key} -->\n${body}`;
  const open = findOpen(topic);
  if (open === undefined) {
    gh([
      "label",
      "create",
      label,
      "--force",
      "--description",
      "Opened and closed by the workflow spec-watch",
    ]);
    return gh(["issue", "create", "--title", title, "--label", label, "--body-file", "-"], text);
  }
  const number = String(open.number);
  gh(["issue", "edit", number, "--title", title, "--body-file", "-"], text);
  const isNews = !open.body.startsWith(`${marker(topic)} ${key} -->`);
  if (isNews) gh(["issue", "comment", number, "--body", news]);
  return `#${number} says so${isNews ? ", with a comment" : " already"}.`;
}

/** Closes the open issue about a topic, if there is one. */
export function settle(topic: Topic, comment: string): void {
  const open = findOpen(topic);
  if (open !== undefined) gh(["issue", "close", String(open.number), "--comment", comment]);
}

/** When an artifact of this name was last made, if ever in the time that GitHub remembers. */
export function lastArtifact(name: string): Date | undefined {
  const answer = gh(["api", `repos/{owner}/{repo}/actions/artifacts?per_page=100&name=${name}`]);
  const { artifacts }: { artifacts: { created_at: string }[] } = JSON.parse(answer);
  const times = artifacts.map(({ created_at }) => Date.parse(created_at));
  return times.length === 0 ? undefined : new Date(Math.max(...times));
}

function findOpen(topic: Topic): Issue | undefined {
  const list = [
    "issue",
    "list",
    "--state",
    "open",
    "--label",
    label,
    "--limit",
    "100",
    "--json",
    "number,body",
  ];
  const issues: Issue[] = JSON.parse(gh(list));
  return issues.find(({ body }) => body.startsWith(marker(topic)));
}

/** By its beginning an issue is known for one of the watch, whatever its title is by then. */
function marker(topic: Topic): string {
  return `<!-- spec-watch ${topic}`;
}

function gh(args: readonly string[], input = ""): string {
  return execFileSync("gh", args, { encoding: "utf8", input, stdio: ["pipe", "pipe", "inherit"] }).trim();
}

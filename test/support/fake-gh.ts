import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "../../scripts/package/project-root.ts";

export interface FakeIssue {
  readonly number: number;
  title: string;
  body: string;
  state: "open" | "closed";
  readonly labels: readonly string[];
  readonly comments: string[];
}

export interface FakeRepository {
  readonly issues: FakeIssue[];
  readonly labels: string[];
  readonly artifacts: { readonly name: string; readonly created_at: string }[];
  readonly started: { readonly workflow: string; readonly ref: string }[];
  readonly releases: { readonly tag: string; readonly files: readonly string[]; readonly target: string }[];
}

/** A `gh` that keeps a repository in a file, and refuses what it doesn't know. */
export interface FakeGh {
  /** Puts it before all other programs. */
  readonly env: Readonly<Record<string, string>>;
  repository(): Promise<FakeRepository>;
  change(edit: (repository: FakeRepository) => void): Promise<void>;
  remove(): Promise<void>;
}

export async function createFakeGh(): Promise<FakeGh> {
  const folder = await mkdtemp(join(tmpdir(), "gh-"));
  const [program, state] = [join(folder, "gh"), join(folder, "state.json")];
  const repository = async (): Promise<FakeRepository> => JSON.parse(await readFile(state, "utf8"));
  const write = (value: FakeRepository): Promise<void> => writeFile(state, JSON.stringify(value));
  await write({ issues: [], labels: [], artifacts: [], started: [], releases: [] });
  await writeFile(program, source(state));
  await chmod(program, 0o755);
  const tsx = pathToFileURL(join(projectRoot, "node_modules/tsx/dist/loader.mjs")).href;
  return {
    env: {
      PATH: `${folder}${delimiter}${process.env.PATH}`,
      GH_TOKEN: "token",
      GH_REPO: "acme/thing",
      // The workflows run scripts by Node 24, which reads TypeScript by itself.
      NODE_OPTIONS: `--import ${tsx}`,
    },
    repository,
    change: async (edit) => {
      const value = await repository();
      edit(value);
      await write(value);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

const source = (state: string): string => `#!/usr/bin/env -S NODE_OPTIONS= ${process.execPath}
const { readFileSync, writeFileSync } = require("node:fs");
const { parseArgs } = require("node:util");
const path = ${JSON.stringify(state)};
const repository = JSON.parse(readFileSync(path, "utf8"));
const words = process.argv.slice(2);
const command = words[0] === "api" ? "api" : words.slice(0, 2).join(" ");
/** The flags that the real one has, and this one understands: true for those with a value. */
const read = (flags) => {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, hasValue]) => [name, { type: hasValue ? "string" : "boolean" }]),
  );
  const args = words.slice(command.split(" ").length);
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (values["body-file"] === "-") values.body = readFileSync(0, "utf8");
  return { ...values, positionals };
};
const fail = (reason) => {
  console.error(reason);
  process.exit(1);
};
const issueOf = ({ positionals: [number] }) =>
  repository.issues.find((issue) => issue.number === Number(number)) ?? fail("no such issue: " + number);
const commands = {
  "issue list": () => {
    const { state, label, json } = read({ state: true, label: true, limit: true, json: true });
    const found = repository.issues.filter((issue) => issue.state === state && issue.labels.includes(label));
    const names = json.split(",");
    console.log(JSON.stringify(found.map((issue) => Object.fromEntries(names.map((name) => [name, issue[name]])))));
  },
  "issue create": () => {
    const { title, label, body } = read({ title: true, label: true, "body-file": true });
    if (!repository.labels.includes(label)) fail("could not add label: '" + label + "' not found");
    if (body.length > 65_536) fail("body is too long");
    const number = repository.issues.length + 1;
    repository.issues.push({ number, title, body, state: "open", labels: [label], comments: [] });
    console.log("https://github.com/acme/thing/issues/" + number);
  },
  "issue edit": () => {
    const edit = read({ title: true, "body-file": true });
    Object.assign(issueOf(edit), { title: edit.title, body: edit.body });
  },
  "issue comment": () => {
    const comment = read({ body: true });
    issueOf(comment).comments.push(comment.body);
  },
  "issue close": () => {
    const close = read({ comment: true });
    const issue = issueOf(close);
    issue.state = "closed";
    issue.comments.push(close.comment);
  },
  "label create": () => {
    const { positionals, force } = read({ force: false, description: true });
    if (repository.labels.includes(positionals[0]) && !force) fail("label exists");
    repository.labels.push(positionals[0]);
  },
  "workflow run": () => {
    const { positionals, ref } = read({ ref: true });
    repository.started.push({ workflow: positionals[0], ref });
  },
  "release create": () => {
    const { positionals, target } = read({ repo: true, target: true, title: true, notes: true });
    for (const file of positionals.slice(1)) readFileSync(file);
    repository.releases.push({ tag: positionals[0], files: positionals.slice(1), target });
  },
  api: () => {
    const { positionals } = read({});
    const url = new URL(positionals[0], "https://api.github.com");
    if (decodeURI(url.pathname) !== "/repos/{owner}/{repo}/actions/artifacts") fail("HTTP 404: " + url.pathname);
    const artifacts = repository.artifacts.filter(({ name }) => name === url.searchParams.get("name"));
    console.log(JSON.stringify({ total_count: artifacts.length, artifacts }));
  },
};
if (!process.env.GH_TOKEN || !process.env.GH_REPO) fail("gh needs GH_TOKEN, and a repository");
(commands[command] ?? (() => fail("unknown command: " + command)))();
writeFileSync(path, JSON.stringify(repository));
`;

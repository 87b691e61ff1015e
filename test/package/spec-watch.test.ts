import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { execute } from "../../scripts/package/execute.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { readWorkflow, runStep, type StepRun, stepOf } from "../../scripts/package/workflow.ts";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";
import { createFakeGh, type FakeGh } from "../support/fake-gh.ts";
import { createSpecProject, publishedPath, type SpecProject } from "../support/spec-project.ts";

// The workflow runs on Linux, by bash.
const missing = process.platform === "win32" ? " (skipped: it takes a POSIX system)" : "";
const watch = await readWorkflow("spec-watch.yml");

let handed: string;
beforeEach(async () => {
  handed = await mkdtemp(join(tmpdir(), "handed-"));
});
afterEach(() => rm(handed, { recursive: true }));

describe.skipIf(missing !== "")(`the watch pulls the document${missing}`, () => {
  let server: ScriptedServer;
  let project: SpecProject;
  beforeEach(async () => {
    server = await startScriptedServer(() => ({ status: 503 }));
    project = await createSpecProject(`${server.origin}/index.yaml`);
    await beginRepository(project.root);
  });
  afterEach(async () => {
    await server.close();
    await project.remove();
  });

  const pull = (): Promise<StepRun> =>
    runStep(stepOf(watch, "pull", "Pull the document"), project.root, { RUNNER_TEMP: handed });

  test("and hands a new one on as a verdict and a patch that is whole, without a commit", async () => {
    const text = await project.edited("[CREATED, SHIPPED]", "[CREATED, LOST, SHIPPED]");
    server.script = () => ({ text });
    const before = await git(project.root, "for-each-ref");
    const { exitCode, stdout, outputs } = await pull();
    expect(exitCode, stdout).toBe(0);
    expect(outputs).toEqual({ outcome: "changed", taken: "2026-01-01" });
    expect(await readFile(join(handed, "report.md"), "utf8")).toContain("gained values: 'LOST'");
    expect(await git(project.root, "for-each-ref")).toBe(before);
    const pulled = await git(project.root, "write-tree");
    await git(project.root, "reset", "--hard", "--quiet");
    await git(project.root, "apply", "--index", join(handed, "document.patch"));
    expect(await project.read(publishedPath)).toBe(text);
    expect(await git(project.root, "write-tree")).toBe(pulled);
  });

  test.each([
    ["same", "the one that is here", undefined],
    ["refused", "a redirect", { status: 302, headers: { location: "https://other.example/index.yaml" } }],
    ["unreachable", "a host that is down", { status: 503 }],
  ])("and says %s of %s", async (outcome, _what, response) => {
    const text = await project.read(publishedPath);
    server.script = () => response ?? { text };
    const { exitCode, stdout, outputs } = await pull();
    expect(exitCode, stdout).toBe(0);
    expect(outputs.outcome).toBe(outcome);
    expect(await readFile(join(handed, "document.patch"), "utf8")).toBe("");
    expect(await readFile(join(handed, "report.md"), "utf8")).not.toBe("");
    // No line of the log is a command to GitHub.
    expect(stdout).toMatch(/^(\| .*\n)+$/);
  });

  test("and fails when something else breaks down", async () => {
    const manifest = await project.read("package.json");
    await writeFile(join(project.root, "package.json"), manifest.replace("spec-pull.ts", "broken.ts"));
    expect((await pull()).exitCode).toBe(1);
  });
});

describe.skipIf(missing !== "")(`the watch reports${missing}`, () => {
  let gh: FakeGh;
  beforeEach(async () => {
    gh = await createFakeGh();
  });
  afterEach(() => gh.remove());

  /** Runs the step that reports, and returns the issues after it. */
  async function reportIt(outcome: string, report: string, { run = 7, taken = "2020-01-01" } = {}) {
    await writeFile(join(handed, "report.md"), report);
    const { exitCode, stdout, stderr } = await runStep(stepOf(watch, "report", "Report it"), projectRoot, {
      ...gh.env,
      RUNNER_TEMP: handed,
      OUTCOME: outcome,
      TAKEN: taken,
      RUN: `https://github.com/acme/thing/actions/runs/${run}`,
    });
    expect(exitCode, stdout + stderr).toBe(0);
    return (await gh.repository()).issues;
  }
  const verdict = (sha256: string, date: string): string =>
    `# The vendor's document changed\n\nDocument of ${date}, sha256 \`${sha256.repeat(64)}\`.\n`;

  test("a new document in one issue, which it writes anew, comments on for another document, and closes", async () => {
    const [issue, ...others] = await reportIt("changed", verdict("a", "2026-01-05"));
    expect(others).toEqual([]);
    expect(issue?.title).toBe("The vendor's document has changed");
    expect(issue?.body).toContain("```sh\nnpm run spec:pull\n```");
    expect(issue?.body).toContain("gh run download 7 --name document && git apply document.patch");
    expect(issue?.body).toContain("Document of 2026-01-05");

    const again = await reportIt("changed", verdict("a", "2026-01-12"), { run: 8 });
    expect(again).toMatchObject([{ state: "open", comments: [] }]);
    expect(again[0]?.body).toContain("gh run download 8 ");
    expect(again[0]?.body).toContain("Document of 2026-01-12");

    const news = "The document has changed again. The text above is about the latest version.";
    const another = await reportIt("changed", verdict("b", "2026-01-19"));
    expect(another).toMatchObject([{ state: "open", comments: [news] }]);
    const over = [news, "The document here is the vendor's."];
    expect(await reportIt("same", "Nothing new")).toMatchObject([{ state: "closed", comments: over }]);
    expect(await reportIt("changed", verdict("c", "2026-01-26"))).toMatchObject([
      { number: 1, state: "closed" },
      { number: 2, state: "open" },
    ]);
  });

  test("nothing into issues that others have opened", async () => {
    const body = "About <!-- spec-watch document";
    const asked = {
      number: 1,
      title: "A question",
      body,
      state: "open",
      labels: ["spec-watch"],
      comments: [],
    };
    await gh.change(({ issues }) => issues.push({ ...asked, state: "open" }));
    const issues = await reportIt("changed", verdict("a", "2026-01-05"));
    expect(issues).toHaveLength(2);
    expect(issues[0]).toEqual(asked);
  });

  test("why a document is refused, as text in which nothing is Markdown", async () => {
    const [issue] = await reportIt("refused", "error: it points to\nhttps://other.example/@everyone `\n");
    expect(issue?.title).toBe("The vendor's document was refused");
    expect(issue?.body).toMatch(/\n\n {4}error: it points to\n {4}https:\/\/other\.example\/@everyone `$/);
  });

  test("a host that is down after four weeks, in one issue, until it responds again", async () => {
    const weeksAgo = (weeks: number): string => new Date(Date.now() - weeks * 7 * 86_400_000).toISOString();
    await gh.change(({ artifacts }) => {
      artifacts.push({ name: "vendor-responded", created_at: weeksAgo(3.9) });
      artifacts.push({ name: "document", created_at: weeksAgo(9) });
    });
    expect(await reportIt("unreachable", "error: down")).toEqual([]);
    await gh.change(({ artifacts }) => {
      artifacts[0] = { name: "vendor-responded", created_at: weeksAgo(5) };
    });
    // A document that was taken since shows that the host responded too.
    expect(await reportIt("unreachable", "error: down", { taken: weeksAgo(2).slice(0, 10) })).toEqual([]);
    const told = await reportIt("unreachable", "error: down");
    expect(told).toMatchObject([{ title: "The vendor's document can't be downloaded", comments: [] }]);
    expect(told[0]?.body).toContain(`has not responded since ${weeksAgo(5).slice(0, 10)}`);
    expect(told[0]?.body).toMatch(/\n {4}error: down$/);
    expect(await reportIt("unreachable", "error: down")).toEqual(told);
    expect(await reportIt("same", "Nothing new")).toMatchObject([
      { state: "closed", comments: ["The host responds again."] },
    ]);
  });
});

test("the watch's job that reads the document may write nothing, and the other one issues alone", () => {
  expect(watch.jobs.pull?.permissions).toEqual({ contents: "read" });
  expect(watch.jobs.report?.permissions).toEqual({ actions: "read", contents: "read", issues: "write" });
  // What is installed could do what the job may.
  expect(watch.jobs.report?.steps.map(({ run = "" }) => run).join("\n")).not.toContain("npm");
});

async function git(cwd: string, ...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await execute("git", args, cwd);
  expect(exitCode, stderr).toBe(0);
  return stdout;
}

/** Makes a project a repository whose `npm run spec:pull` is this one's. */
async function beginRepository(root: string): Promise<void> {
  const tsx = pathToFileURL(join(projectRoot, "node_modules/tsx/dist/loader.mjs")).href;
  const pull = `node --import ${tsx} ${join(projectRoot, "scripts/spec-pull.ts")}`;
  const manifest = { name: "parcels-client", version: "1.2.3", scripts: { "spec:pull": pull } };
  await writeFile(join(root, "package.json"), JSON.stringify(manifest));
  await git(root, "init", "--quiet");
  await git(root, "add", "--all");
  const author = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
  await git(root, ...author, "commit", "--quiet", "--message", "all");
}

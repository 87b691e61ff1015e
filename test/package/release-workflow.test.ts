import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readWorkflow, runStep, stepOf } from "../../scripts/package/workflow.ts";
import { createFakeGh, type FakeGh } from "../support/fake-gh.ts";

// The workflow runs on Linux, by bash.
const missing = process.platform === "win32" ? " (skipped: it takes a POSIX system)" : "";

describe.skipIf(missing !== "")(`the release workflow${missing}`, async () => {
  const release = await readWorkflow("release.yml");
  const ci = await readWorkflow("ci.yml");
  let gh: FakeGh;
  beforeEach(async () => {
    gh = await createFakeGh();
  });
  afterEach(() => gh.remove());

  test("starts the checks of the pull request that it keeps, by a job that may do nothing else", async () => {
    const step = stepOf(release, "check", "Start CI on the branch of the pull request");
    const { exitCode, stderr } = await runStep(step, tmpdir(), {
      ...gh.env,
      BRANCH: "changeset-release/main",
    });
    expect(exitCode, stderr).toBe(0);
    const { started } = await gh.repository();
    expect(started).toEqual([{ workflow: "ci.yml", ref: "changeset-release/main" }]);
    expect(step.env?.BRANCH).toMatch(/^changeset-release\/\$\{\{ github\.ref_name }}$/);
    expect(ci.on).toHaveProperty("workflow_dispatch");
    expect(release.jobs.check?.permissions).toEqual({ actions: "write" });
    expect(release.jobs.check?.if).toBe("needs.version.outputs.pull-request != ''");
  });

  test("tags what it has published, with the bill of materials", async () => {
    const folder = await mkdtemp(join(tmpdir(), "announce-"));
    await writeFile(join(folder, "juniper-fulfillment-1.2.3.cdx.json"), "{}");
    const step = stepOf(release, "announce", "Tag the release");
    const env = { ...gh.env, VERSION: "1.2.3", REPOSITORY: "acme/thing", GITHUB_SHA: "abc" };
    const { exitCode, stderr } = await runStep(step, folder, env);
    await rm(folder, { recursive: true });
    expect(exitCode, stderr).toBe(0);
    expect((await gh.repository()).releases).toEqual([
      { tag: "v1.2.3", files: ["juniper-fulfillment-1.2.3.cdx.json"], target: "abc" },
    ]);
  });
});

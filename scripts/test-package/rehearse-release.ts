import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { styleText } from "node:util";
import { copyProject } from "../package/copy-project.ts";
import { type Execution, execute } from "../package/execute.ts";
import { readWorkflow, runStep, stepOf, type Workflow } from "../package/workflow.ts";
import { type Registry, startRegistry } from "./registry.ts";

const change = "A change that only this rehearsal knows of.";
/** Made up, and only for the copy. */
const address = "https://github.com/example/example";

/**
 * Releases a copy of the project to a registry on this machine, by the scripts and the workflow's own commands, and
 * installs it from there. Returns what is not as it should be.
 */
export async function rehearseRelease(): Promise<string[]> {
  const root = await copyProject("release-");
  const { name }: { name: string } = await readJson(root, "package.json");
  const registry = await startRegistry(name);
  const rehearsal = new Rehearsal(root, name, registry, await readWorkflow("release.yml"));
  try {
    return await rehearsal.run();
  } finally {
    await registry.stop();
    await rm(root, { recursive: true, force: true });
  }
}

class Rehearsal {
  readonly #root: string;
  readonly #name: string;
  readonly #registry: Registry;
  readonly #workflow: Workflow;
  /** Where the workflow's jobs hand files to each other. */
  readonly #handed: string;

  constructor(root: string, name: string, registry: Registry, workflow: Workflow) {
    this.#root = root;
    this.#name = name;
    this.#registry = registry;
    this.#workflow = workflow;
    this.#handed = join(root, ".handed");
  }

  /** Each part needs the one before it: the first complaint ends it. */
  async run(): Promise<string[]> {
    const complaints: string[] = [];
    const parts: readonly (readonly [title: string, run: () => Promise<void>])[] = [
      ["a version without a repository is refused", () => this.#refuseWithoutRepository()],
      ["the next version, its changelog, lock file and generated files", () => this.#makeVersion()],
      ["the tarball, with its changelog and bill of materials", () => this.#pack()],
      ["publishing, once", () => this.#publish()],
      ["installing from the registry, and a first call", () => this.#install()],
    ];
    for (const [title, run] of parts) {
      const complaint = await run().then(
        () => undefined,
        (error: unknown) => `${title}\n${error instanceof Error ? error.message : error}`,
      );
      console.log(`${complaint === undefined ? styleText("green", "✓") : styleText("red", "✗")} ${title}`);
      if (complaint === undefined) continue;
      complaints.push(complaint);
      break;
    }
    return complaints;
  }

  async #refuseWithoutRepository(): Promise<void> {
    const manifest = await readJson<Record<string, unknown>>(this.#root, "package.json");
    const { repository: _repository, bugs: _bugs, homepage: _homepage, ...rest } = manifest;
    await this.#write("package.json", rest);
    const check = await this.#workflowStep("pack", "npm run release:check");
    expectRefusal(check, 'package.json has no "repository", "bugs", or "homepage"');
    // By hand too, before anything is built or sent.
    const publish = await execute("npm", ["publish"], this.#root, this.#registry.env);
    expectRefusal(publish, 'package.json has no "repository", "bugs", or "homepage"');
    const addresses = {
      repository: { type: "git", url: `git+${address}.git` },
      bugs: `${address}/issues`,
      homepage: address,
    };
    await this.#write("package.json", { ...manifest, ...addresses });
    const readme = await readFile(join(this.#root, "README.md"), "utf8");
    const published = readme
      .replace("not on npm yet", "on npm")
      .replace("until it is on npm", "for a change");
    if (published !== readme) {
      expectRefusal(await this.#workflowStep("pack", "npm run release:check"), "README.md says that");
      await writeFile(join(this.#root, "README.md"), published);
    }
    expectSuccess(await this.#workflowStep("pack", "npm run release:check"));
  }

  async #makeVersion(): Promise<void> {
    const changeset = `---\n"${this.#name}": minor\n---\n\n${change}\n`;
    await writeFile(join(this.#root, ".changeset/rehearsal.md"), changeset);
    await this.#commitAll();
    const command = this.#workflow.jobs.version?.steps.find(({ id }) => id === "changesets")?.with?.version;
    if (command !== "npm run release:version")
      throw new Error(`The workflow makes the version with: ${command}`);
    expectSuccess(await execute("npm", ["run", "release:version"], this.#root));
    const version = await this.#version();
    const { packages } = await readJson<{ packages: Record<string, { version?: string }> }>(
      this.#root,
      "package-lock.json",
    );
    expectIn(packages[""]?.version ?? "", version);
    expectIn(await readFile(join(this.#root, "src/generated/version.ts"), "utf8"), `version = "${version}"`);
    expectIn(await readFile(join(this.#root, "CHANGELOG.md"), "utf8"), `# Changelog\n\n## ${version}\n`);
    const left = (await readdir(join(this.#root, ".changeset"))).filter((file) => file.endsWith(".md"));
    if (left.length > 0) throw new Error(`These changesets are left: ${left.join(", ")}.`);
    expectSuccess(await execute("npm", ["run", "generate:check"], this.#root));
  }

  async #pack(): Promise<void> {
    await mkdir(this.#handed);
    const version = await this.#version();
    const found = await this.#workflowStep("pack", "Find out whether this version is published");
    expectSuccess(found);
    expectIn(found.outputs.version ?? "", version);
    expectSuccess(await this.#workflowStep("pack", 'npm pack --pack-destination "$RUNNER_TEMP"'));
    const materials = "Write the bill of materials of what is installed at run time";
    expectSuccess(await this.#workflowStep("pack", materials));
    const bill = await readFile(join(this.#handed, `${this.#name}-${version}.cdx.json`), "utf8");
    for (const part of [`pkg:npm/${this.#name}@${version}`, "pkg:npm/openapi-fetch@", "pkg:npm/undici@"])
      expectIn(bill, part);
    if (bill.includes("pkg:npm/typescript@")) throw new Error("The bill lists what only developers install.");
  }

  async #publish(): Promise<void> {
    const { run = "", ...step } = stepOf(this.#workflow, "publish", "Publish with provenance");
    // Only a workflow on GitHub can say where a package comes from.
    const unsigned = { ...step, run: run.replace(" --provenance", "") };
    if (unsigned.run === run) throw new Error(`The workflow publishes without provenance: ${run}`);
    const publish = async () => runStep(unsigned, this.#handed, await this.#environment());
    const first = await publish();
    expectSuccess(first);
    expectIn(first.stdout, `+ ${this.#name}@${await this.#version()}`);
    const second = await publish();
    expectRefusal(second, /cannot publish over|already present|E409|E403|EPUBLISHCONFLICT/);
    // So the workflow, when it runs again, stops before.
    const found = await this.#workflowStep("pack", "Find out whether this version is published");
    expectSuccess(found);
    expectIn(JSON.stringify(found.outputs), "{}");
  }

  async #install(): Promise<void> {
    const consumer = join(this.#handed, "consumer");
    await mkdir(consumer);
    const manifest = { name: "consumer", private: true, type: "module" };
    await writeFile(join(consumer, "package.json"), JSON.stringify(manifest));
    const run = async (command: string, ...args: string[]): Promise<string> => {
      const execution = await execute(command, args, consumer, this.#registry.env);
      expectSuccess(execution);
      return execution.stdout;
    };
    await run("npm", "install", this.#name);
    const version = await this.#version();
    // Byte for byte what was packed.
    const tarball = await readFile(join(this.#handed, `${this.#name}-${version}.tgz`));
    const lock = await readFile(join(consumer, "package-lock.json"), "utf8");
    expectIn(lock, `sha512-${createHash("sha512").update(tarball).digest("base64")}`);
    const installed = join(consumer, "node_modules", this.#name);
    const changelog = await readFile(join(installed, "CHANGELOG.md"), "utf8");
    for (const part of [`# Changelog\n\n## ${version}\n`, change, "## How to read this file"])
      expectIn(changelog, part);
    const { repository } = await readJson<{ repository: { url: string } }>(installed, "package.json");
    expectIn(repository.url, address);
    expectIn(await run("npx", "--no-install", this.#name, "--version"), version);
    const readme = await readFile(join(this.#root, "README.md"), "utf8");
    const [, code = ""] = /```ts\n(\/\/ first\.mjs\n[\s\S]*?)```/.exec(readme) ?? [];
    await writeFile(join(consumer, "first.mjs"), code);
    expectIn(await run(process.execPath, "first.mjs"), / CREATED\n$/);
  }

  async #workflowStep(job: string, called: string) {
    return runStep(stepOf(this.#workflow, job, called), this.#root, await this.#environment());
  }

  async #environment(): Promise<Record<string, string>> {
    return { ...this.#registry.env, RUNNER_TEMP: this.#handed, VERSION: await this.#version() };
  }

  async #version(): Promise<string> {
    return (await readJson<{ version: string }>(this.#root, "package.json")).version;
  }

  async #write(path: string, value: unknown): Promise<void> {
    await writeFile(join(this.#root, path), `${JSON.stringify(value, null, 2)}\n`);
  }

  /** The changelog names commits. */
  async #commitAll(): Promise<void> {
    const author = [
      "-c",
      "user.name=test",
      "-c",
      "user.email=test@example.com",
      "-c",
      "commit.gpgsign=false",
    ];
    expectSuccess(await execute("git", ["init", "--quiet"], this.#root));
    // A link is no folder, so .gitignore does not leave it out.
    await mkdir(join(this.#root, ".git/info"), { recursive: true });
    await writeFile(join(this.#root, ".git/info/exclude"), "node_modules\n");
    expectSuccess(await execute("git", ["add", "--all"], this.#root));
    const commit = [...author, "commit", "--quiet", "--message", "all"];
    expectSuccess(await execute("git", commit, this.#root));
  }
}

async function readJson<Value>(folder: string, path: string): Promise<Value> {
  return JSON.parse(await readFile(join(folder, path), "utf8"));
}

function expectSuccess({ exitCode, stdout, stderr }: Execution): void {
  if (exitCode !== 0) throw new Error(`It ended with ${exitCode}:\n${stdout}${stderr}`);
}

function expectRefusal({ exitCode, stdout, stderr }: Execution, sentence: string | RegExp): void {
  if (exitCode === 0) throw new Error(`It was not refused:\n${stdout}${stderr}`);
  expectIn(stdout + stderr, sentence);
}

function expectIn(text: string, part: string | RegExp): void {
  if (typeof part === "string" ? text.includes(part) : part.test(text)) return;
  throw new Error(`This does not hold ${part}:\n${text.slice(0, 4_000)}`);
}

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runScript } from "./run-script.ts";

const usage = `Usage: npm run release:check

Fails if package.json or README.md lacks something for a release, and says what. \`npm publish\` and the release workflow
run it first.

  --root DIR  the project's folder (default: this one)`;

await runScript(usage, async () => {
  const { values } = parseArgs({ options: { root: { type: "string", default: "." } } });
  const manifest: Manifest = JSON.parse(await readFile(join(values.root, "package.json"), "utf8"));
  const readme = await readFile(join(values.root, "README.md"), "utf8");
  const refusal = whyNot(manifest) ?? whyNotReadme(readme);
  if (refusal === undefined) return 0;
  console.error(`error: ${refusal}`);
  return 1;
});

interface Manifest {
  readonly repository?: string | { readonly url?: string };
  readonly bugs?: unknown;
  readonly homepage?: unknown;
}

/** Why this can't be released, and what to do, in a sentence. */
function whyNot({ repository, bugs, homepage }: Manifest): string | undefined {
  const url = typeof repository === "string" ? repository : repository?.url;
  const missing = Object.entries({ repository: url, bugs, homepage }).flatMap(([name, value]) =>
    value ? [] : [`"${name}"`],
  );
  if (missing.length > 0) {
    return `package.json has no ${new Intl.ListFormat("en", { type: "disjunction" }).format(missing)}: set what is missing, since npm refuses provenance without the repository's address and makes the README's links from it (see docs/releasing.md).`;
  }
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: path } = process.env;
  if (
    server === undefined ||
    path === undefined ||
    addressOf(url ?? "") === `${server}/${path}`.toLowerCase()
  )
    return undefined;
  return `package.json names the repository ${url}, but this runs in ${server}/${path}: set "repository" to that, since npm refuses the provenance of another repository's workflow.`;
}

function whyNotReadme(readme: string): string | undefined {
  if (!/not on npm yet|until it is on npm/.test(readme)) return undefined;
  return 'README.md says that the package is not on npm: change "Status" and "Install" in it, since npm shows that page with the version.';
}

/** `git+https://github.com/O/N.git`, `github:O/N` and `O/N` are all https://github.com/o/n. */
function addressOf(repository: string): string {
  const address = repository.replace(/^git\+/, "").replace(/\.git$/, "");
  return (
    /^(github:)?[\w.-]+\/[\w.-]+$/.test(address)
      ? `https://github.com/${address.replace("github:", "")}`
      : address
  ).toLowerCase();
}

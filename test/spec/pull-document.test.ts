import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { correctionsPath } from "../../scripts/generate/generate-files.ts";
import { writeFiles } from "../../scripts/generate/write-files.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { startScriptedServer } from "../../scripts/samples/scripted-server.ts";
import { bundleDocument } from "../../scripts/spec/bundle-document.ts";
import { locate } from "../../scripts/spec/fetch-document.ts";
import { type Pulled, type PullOptions, pullDocument } from "../../scripts/spec/pull/pull-document.ts";
import { sha256, sourcePath } from "../../scripts/spec/pull/source-record.ts";
import type { Verdict } from "../../scripts/spec/pull/verdict.ts";
import { renderVerdict } from "../../scripts/spec/render-verdict.ts";
import { createSpecProject, publishedPath, type SpecProject } from "../support/spec-project.ts";

let project: SpecProject;
beforeAll(async () => {
  project = await createSpecProject();
});
afterAll(() => project.remove());

let files = 0;

async function pull(text: string, options: Partial<PullOptions> = {}): Promise<Pulled> {
  const from = join(project.root, `new-${files++}.yaml`);
  await writeFile(from, text);
  return pullDocument({ root: project.root, from, now: new Date("2026-02-03T04:05:06Z"), ...options });
}

async function taken(
  text: string,
  options?: Partial<PullOptions>,
): Promise<Extract<Pulled, { status: "new" }>> {
  const pulled = await pull(text, options);
  if (pulled.status !== "new") throw new Error("It was not new.");
  return pulled;
}

const lines = ({ changes }: Verdict["users"]): string[] => changes.map(({ text }) => text);

// Each of these runs the linter and two comparisons as processes of their own.
describe("a new document", () => {
  test("with an operation less says which operation and types go, and calls for a major release", async () => {
    const text = await project.edited(
      / {4}post:[\s\S]*?(?=components:)/.exec(await project.read(publishedPath))?.[0] ?? "",
      "",
    );
    const { verdict, files } = await taken(text);
    expect(verdict.users.operations.removed).toEqual(["POST /parcels"]);
    expect(verdict.release).toMatchObject({ impact: "major", bump: "major" });
    expect(verdict.users.types.removed).toContain('operations["createParcel"]');
    expect(files.get(`.changeset/vendor-document-${sha256(text).slice(0, 8)}.md`)).toMatch(
      /^---\n"parcels-client": major\n---\n\nThe vendor's document changed:\n\n- .*POST/,
    );
  });

  test("with one more required field says which types it touches", async () => {
    const { verdict, files } = await taken(
      await project.edited(
        "required: [zip]\n      properties:\n",
        "required: [zip, size]\n      properties:\n        size: { type: integer }\n",
      ),
    );
    expect(lines(verdict.users)).toEqual([
      "`Parcel`: Properties of `Parcel` became required: `size`: listParcels, createParcel.",
      "`Parcel.size` was added: listParcels, createParcel.",
    ]);
    expect(verdict.users.types).toEqual({
      added: [],
      removed: [],
      changed: ["Parcel"],
      affected: ["ParcelList"],
    });
    expect(verdict.users.operations.touched).toEqual(["GET /parcels", "POST /parcels"]);
    expect(files.get("src/generated/schema.ts")).toContain("size: number");
    expect(JSON.parse(files.get("openapi/published/source.json") ?? "")).toMatchObject({
      url: "https://localhost:1/index.yaml",
      origin: "file",
      date: "2026-02-03",
      sha256: sha256(files.get(publishedPath) ?? ""),
    });
  });

  test("with one more value of an enum is judged by the corrected document", async () => {
    const { verdict } = await taken(await project.edited("[CREATED, SHIPPED]", "[CREATED, LOST, SHIPPED]"));
    expect(lines(verdict.users)).toEqual([
      "`Status`: Enum of `status` gained values: 'LOST': listParcels, createParcel.",
    ]);
    expect(verdict.users.types.changed).toEqual(["Status", "statusValues"]);
    // The value that the correction adds is compared by itself: one more beside it changes nothing about it.
    expect(verdict.corrections.find(({ id }) => id === "JH-03")?.standing).toBe("holds");
    expect(verdict.generation.problems).toEqual([]);
  });

  test("that fixes a discrepancy stops the generation, and changes nothing for our users but the option", async () => {
    const fixed = await project.edited(
      "required: [zip]\n      properties:\n        zip:",
      "required: [zipCode]\n      properties:\n        zipCode:",
    );
    const { verdict, files } = await taken(fixed);
    expect(verdict.hidden.join()).toContain("zipCode");
    expect(verdict.users).toMatchObject({ isSame: true, changes: [] });
    expect(verdict.release).toMatchObject({
      bump: "major",
      reasons: ["JH-01 can no longer be named: `CorrectionId` has lost it."],
    });
    expect(verdict.generation).toMatchObject({
      problems: [expect.stringContaining("JH-01 no longer applies")],
    });
    expect([...files.keys()].filter((path) => path.startsWith("src/"))).toEqual([]);
    expect(files.get("openapi/wire.yaml")).toContain("zipCode");
    expect(renderVerdict(verdict, { sha256: "abc", date: "2026-02-03" })).toMatch(
      /1\. Delete JH-01 from `openapi\/corrections\.yaml`[\s\S]*- JH-01, corrected: \*\*unnecessary\*\*/,
    );
  });

  test("of OpenAPI 3.0 is taken like one of 3.1", async () => {
    const { verdict, files } = await taken(await project.edited("openapi: 3.1.0", "openapi: 3.0.3"));
    expect(verdict.hidden).toEqual([]);
    expect(verdict.users.isSame).toBe(true);
    expect(verdict.release.bump).toBe("none");
    expect(files.get("src/generated/schema.ts")).toContain("zipCode: string");
  });

  test("with faults of structure is refused, unless it is forced", async () => {
    const faulty = await project.edited("    Status:\n      type: string\n", "    Status:\n      type: 7\n");
    await expect(pull(faulty)).rejects.toThrow(
      /breaks the rules of OpenAPI:\n {2}`Status type`: .*\(struct\)/,
    );
    expect((await taken(faulty, { force: true })).verdict.lint.join("\n")).toContain("(struct)");
  });

  test("of another API is refused", async () => {
    const from = join(projectRoot, "test/fixtures/spec/another-api.yaml");
    await expect(pullDocument({ root: project.root, from })).rejects.toThrow(
      /another API, .* it has 0 of the 2 operations/,
    );
  });

  test("says nothing in the report that mentions, tags or breaks a table", async () => {
    const { verdict } = await taken(
      await project.edited("title: Parcels", 'title: "@all <img> | *x* \\e[2J"'),
    );
    const report = renderVerdict(verdict, { sha256: "abc", date: "2026-02-03" });
    expect(report).toMatch(/`info`: `title` changed/);
    expect(report).not.toContain("\u001b");
    expect(report.replace(/`[^`]*`/g, "")).not.toMatch(/@|<(?!br>)/);
  });
});

test("the same bytes are nothing new", async () => {
  expect((await pull(await project.read(publishedPath))).status).toBe("unchanged");
});

test("a document from a signed address keeps the address without its query, and is asked for anew", async () => {
  const text = await project.edited("[CREATED, SHIPPED]", "[CREATED, LOST, SHIPPED]");
  const server = await startScriptedServer(() => ({ text, headers: { etag: '"2"' } }));
  const own = await createSpecProject();
  const steps: string[] = [];
  const onStep = (step: string): number => steps.push(step);
  const from = `${server.origin}/index.yaml?signature=SECRET`;
  const pulled = await pullDocument({ root: own.root, from, onStep });
  if (pulled.status === "new") await writeFiles(own.root, pulled.files);
  expect(JSON.parse(await own.read(sourcePath)).from).toBe(`${server.origin}/index.yaml`);
  expect((await pullDocument({ root: own.root, from, onStep })).status).toBe("unchanged");
  expect(server.requests.at(-1)?.headers["if-none-match"]).toBeUndefined();
  expect(steps.join()).not.toContain("SECRET");
  await server.close();
  await own.remove();
});

test("a document in several files is nothing new until one of them changes", async () => {
  const split = await createSpecProject();
  const folder = join(split.root, "split");
  await cp(join(projectRoot, "test/fixtures/spec/split"), folder, { recursive: true });
  const from = join(folder, "index.yaml");
  const index = await readFile(from, "utf8");
  const bundled = await bundleDocument(index, locate(from));
  const source = {
    ...JSON.parse(await split.read(sourcePath)),
    sha256: sha256(bundled),
    receivedSha256: sha256(index),
  };
  await writeFile(join(split.root, publishedPath), bundled);
  await writeFile(join(split.root, sourcePath), JSON.stringify(source));

  const options = { root: split.root, from };
  expect((await pullDocument(options)).status).toBe("unchanged");
  await writeFile(join(folder, "schemas/address.json"), '{ "type": "string" }');
  const { source: after } = await pullDocument(options);
  expect(after.sha256).not.toBe(source.sha256);
  expect(after.receivedSha256).toBe(source.receivedSha256);
  await split.remove();
});

test("a document that was edited here is not the one that was downloaded, and is fetched anew", async () => {
  const edited = await createSpecProject();
  const original = await edited.read(publishedPath);
  await writeFile(join(edited.root, "original.yaml"), original);
  await writeFile(join(edited.root, publishedPath), original.replace("[CREATED, SHIPPED]", "[CREATED]"));
  const pulled = await pullDocument({ root: edited.root, from: join(edited.root, "original.yaml") });
  expect(pulled.status).toBe("new");
  await edited.remove();
});

test("a second pull of the same document repeats which discrepancies it no longer shows", async () => {
  const own = await createSpecProject();
  const entry =
    "{ id: JH-04, kept: true, title: T, vendor: it is so, users: U, source: S, there: [$.info.nothing] }";
  const corrections = await own.read("openapi/corrections.yaml");
  await writeFile(
    join(own.root, "openapi/corrections.yaml"),
    `${corrections}  - target: $.info\n    x-discrepancy: ${entry}\n`,
  );
  const pulled = await pullDocument({ root: own.root, from: join(own.root, publishedPath) });
  await own.remove();
  expect(pulled).toMatchObject({
    status: "unchanged",
    undecided: {
      notes: expect.arrayContaining([
        "Look at JH-04: It is no longer so that it is so: `$.info.nothing` matches nothing.",
      ]),
    },
  });
});

describe("what a comparison has left open", () => {
  const files = async (own: SpecProject, document: string): Promise<Pulled> => {
    await writeFile(join(own.root, "new.yaml"), document);
    const pulled = await pullDocument({ root: own.root, from: join(own.root, "new.yaml") });
    if (pulled.status === "new") await writeFiles(own.root, pulled.files);
    return pulled;
  };
  const kept = async (own: SpecProject): Promise<string[]> => JSON.parse(await own.read(sourcePath)).toDecide;

  test("is repeated by every later pull until somebody deletes it", async () => {
    const own = await createSpecProject();
    const corrections = await own.read(correctionsPath);
    const alike = corrections.replace("title: Two names", "title: Two names\n      alike: [postal code]");
    await writeFile(join(own.root, correctionsPath), alike);
    const changed = (await own.edited("status: {", "postcode: { type: string }\n        status: {")).replace(
      "zip: { type: string }",
      "zip: { type: string, maxLength: 5 }",
    );
    const open = [
      expect.stringMatching(/^JH-01: The vendor changed .*zip.*, which it corrects\.$/),
      "JH-01? `Parcel.postcode` is a postal code under another name than `zipCode`.",
    ];
    expect((await files(own, changed)).status).toBe("new");
    expect(await kept(own)).toEqual(open);
    const again = await files(own, changed);
    expect(again.status).toBe("unchanged");
    const note = again.status === "unchanged" ? again.undecided.notes.join("\n") : "";
    for (const line of await kept(own)) expect(note).toContain(`\n  ${line}`);

    const next = await files(own, changed.replace("[CREATED, SHIPPED]", "[CREATED, LOST, SHIPPED]"));
    expect(await kept(own)).toEqual(open);
    if (next.status !== "new") throw new Error("It was nothing new.");
    expect(renderVerdict(next.verdict, next.source)).toMatch(
      /## Still to be decided of earlier documents\n\n- JH-01: .*\n- JH-01\? `Parcel\.postcode`/,
    );

    const { toDecide: _, ...decided } = JSON.parse(await own.read(sourcePath));
    await writeFile(join(own.root, sourcePath), JSON.stringify(decided));
    const last = await pullDocument({ root: own.root, from: join(own.root, publishedPath) });
    expect(JSON.stringify(last)).not.toContain("postcode");
    await own.remove();
  });
});

import { describe, expect, test } from "vitest";
import { type JsonObject, parseDocument } from "../../scripts/document/document.ts";
import { applyOverlay, matches, readOverlay } from "../../scripts/document/overlay.ts";
import { readRegister } from "../../scripts/document/register.ts";
import { layOutWire, readLayout } from "../../scripts/generate/generate-files.ts";
import { type Judgement, judgeCorrections } from "../../scripts/spec/pull/judge-corrections.ts";
import { retireCorrections } from "../../scripts/spec/pull/retire-corrections.ts";
import { corrections, wire, withoutMarks } from "../support/documents.ts";
import { createSpecProject, publishedPath } from "../support/spec-project.ts";

const actions = readOverlay(corrections, "corrections.yaml");
const register = readRegister(corrections, "corrections.yaml");
const ids = [...new Set(actions.map(({ id }) => id))];

const standings = (judgements: readonly Judgement[]): string[] =>
  judgements.filter(({ standing }) => standing !== "holds").map(({ id, standing }) => `${id} ${standing}`);

describe("the published document", () => {
  test("has every discrepancy that it had", async () => {
    const judgements = await judgeCorrections(wire, wire, actions, register);
    expect(standings(judgements)).toEqual([]);
    expect(judgements.map(({ id }) => id)).toEqual(register.map(({ id }) => id));
  });

  for (const id of ids) {
    test(`makes ${id} unnecessary, and nothing else, when the vendor fixes it`, async () => {
      const own = actions.filter((action) => action.id === id);
      const fixed = withoutMarks(await applyOverlay(wire, own)) as JsonObject;
      expect(standings(await judgeCorrections(wire, fixed, actions, register))).toEqual([
        `${id} unnecessary`,
      ]);
    });
  }

  for (const { id, isKept, there } of register) {
    const [evidence] = there;
    if (!isKept || evidence === undefined) continue;
    test(`has to be looked at for ${id}, which has no correction, when its evidence is gone`, async () => {
      let gone = wire;
      const action = { target: evidence, remove: true };
      // An action removes one item of a list at a time.
      while (await matches(gone, evidence))
        gone = await applyOverlay(gone, [{ target: evidence, id, action }]);
      expect(standings(await judgeCorrections(wire, gone, actions, register))).toContain(`${id} look`);
    });
  }
});

describe("a correction", () => {
  async function judgeParcels(piece: string, replacement: string): Promise<Judgement[]> {
    const project = await createSpecProject();
    const [before, after, overlay] = await Promise.all([
      project.read(publishedPath),
      project.edited(piece, replacement),
      project.read("openapi/corrections.yaml"),
    ]);
    const layout = await readLayout(project.root);
    await project.remove();
    return judgeCorrections(
      layOutWire(before, layout).wire,
      layOutWire(after, layout).wire,
      readOverlay(parseDocument(overlay, "overlay"), "overlay"),
      readRegister(parseDocument(overlay, "overlay"), "overlay"),
    );
  }

  test("is unnecessary although the vendor's fix differs from it in details", async () => {
    const judgements = await judgeParcels(
      "required: [zip]\n      properties:\n        zip: { type: string }",
      "required: [zipCode]\n      properties:\n        zipCode: { type: integer }",
    );
    expect(standings(judgements)).toEqual(["JH-01 unnecessary"]);
    expect(judgements[0]?.reasons.at(-1)).toBe("It would only overwrite `Parcel.zipCode type`.");
  });

  test("no longer fits when its property is called otherwise again", async () => {
    const judgements = await judgeParcels(
      "required: [zip]\n      properties:\n        zip: { type: string }",
      "required: [postalCode]\n      properties:\n        postalCode: { type: string }",
    );
    expect(standings(judgements)).toEqual(["JH-01 misfit"]);
  });

  test("no longer fits when its place is gone", async () => {
    const judgements = await judgeParcels(
      '        status: { $ref: "#/components/schemas/Status" }\n',
      '        state: { $ref: "#/components/schemas/Status" }\n',
    );
    expect(standings(judgements)).toEqual(["JH-03 misfit"]);
    expect(judgements.find(({ id }) => id === "JH-03")?.reasons[0]).toContain("matches nothing");
  });

  test("has to be looked at when the vendor changes its place and it still applies", async () => {
    const judgements = await judgeParcels("zip: { type: string }", "zip: { type: string, maxLength: 5 }");
    expect(standings(judgements)).toEqual(["JH-01 look"]);
    expect(judgements.find(({ id }) => id === "JH-01")?.reasons).toEqual([
      "The vendor changed `Parcel.zip maxLength`, which it corrects.",
    ]);
  });

  test("holds when the vendor adds another value or another required name beside its own", async () => {
    expect(standings(await judgeParcels("[CREATED, SHIPPED]", "[CREATED, LOST, SHIPPED]"))).toEqual([]);
    expect(standings(await judgeParcels("required: [zip]", "required: [zip, id]"))).toEqual([]);
  });
});

describe("a correction that is retired", () => {
  const text = [
    "overlay: 1.0.0 # Kept.",
    "actions:",
    "  # JH-01, a comment of its own.",
    "  - target: $.a",
    "    x-discrepancy: JH-01",
    "    update: { b: 1 }",
    "  - { target: $.b, x-discrepancy: JH-01, remove: true }",
    "",
    "  # JH-02.",
    "  - target: $.c",
    "    x-discrepancy: JH-02",
    "    remove: true # To the end.",
    "",
  ].join("\n");

  test("takes its comment with it and leaves the others as they were written", () => {
    expect(retireCorrections(text, ["JH-01"])).toBe(
      "overlay: 1.0.0 # Kept.\nactions:\n\n  # JH-02.\n  - target: $.c\n    x-discrepancy: JH-02\n    remove: true # To the end.\n",
    );
    expect(retireCorrections(text, ["JH-02"])).toBe(`${text.split("\n\n")[0]}\n`);
  });

  test("leaves an empty list when it was the last", () => {
    expect(retireCorrections(text, ["JH-01", "JH-02"])).toBe("overlay: 1.0.0 # Kept.\nactions: []\n");
  });

  test("changes nothing when there is none of that id", () => {
    expect(retireCorrections(text, ["JH-03"])).toBe(text);
  });
});

import { describe, expect, test } from "vitest";
import { applyOverlay, readOverlay } from "../../scripts/document/overlay.ts";
import { evidence } from "../../scripts/spec/pull/evidence.ts";
import { corrections, published } from "../support/documents.ts";

const actions = readOverlay(corrections, "corrections.yaml");
const ids = [...new Set(actions.map(({ id }) => id))];

describe("the published document is still wrong", () => {
  for (const id of ids) {
    test(`${id}: each of its corrections still changes something`, async () => {
      const own = actions.filter((action) => action.id === id);
      await expect(applyOverlay(published, own)).resolves.toBeDefined();
    });

    test(`${id}: the evidence is still there`, () => {
      const known = evidence.find((one) => one.id === id);
      expect(known, `no evidence of ${id} in scripts/spec/evidence.ts`).toBeDefined();
      expect(known?.isThere(published), `it is no longer so that ${known?.says}`).toBe(true);
    });
  }
});

describe("what is kept as documented", () => {
  for (const { id, says, isThere } of evidence.filter(({ isKept }) => isKept)) {
    test(`${id}: ${says}`, () => {
      expect(isThere(published)).toBe(true);
    });
  }
});

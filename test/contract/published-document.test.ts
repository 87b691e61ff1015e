import { describe, expect, test } from "vitest";
import { applyOverlay, readOverlay } from "../../scripts/document/overlay.ts";
import { missingEvidence, readRegister } from "../../scripts/document/register.ts";
import { corrections, wire } from "../support/documents.ts";

const actions = readOverlay(corrections, "corrections.yaml");

describe("the published document still has each discrepancy of the register", () => {
  for (const entry of readRegister(corrections, "corrections.yaml")) {
    test(`${entry.id}: ${entry.title}`, async () => {
      expect(await missingEvidence(entry, wire)).toEqual([]);
    });
  }

  for (const id of new Set(actions.map((action) => action.id))) {
    test(`${id}: each of its corrections still changes something`, async () => {
      const own = actions.filter((action) => action.id === id);
      await expect(applyOverlay(wire, own)).resolves.toBeDefined();
    });
  }
});

import { type Changes, type Impact, impacts } from "../changes.ts";
import type { TouchedTypes } from "./touched-types.ts";

/** Which version the next release has to be, and why. */
export interface Release {
  readonly impact: Impact | "none";
  /** The bump of the package. Before 1.0.0 a breaking change is a minor one. */
  readonly bump: Impact | "none";
  readonly reasons: readonly string[];
}

export interface ReleaseInput {
  readonly users: Changes;
  readonly types: TouchedTypes;
  /** The corrections that go. */
  readonly retired: readonly string[];
  /** Whether the client has to spell anything otherwise on its way. */
  readonly travelsOtherwise: boolean;
  /** Of the package, today. */
  readonly version: string;
}

/** Decides by what our users see, and not by what the vendor changed. */
export function decideRelease({ users, types, retired, travelsOtherwise, version }: ReleaseInput): Release {
  const causes: { impact: Impact; reason: string }[] = [];
  if (users.impact !== "none") {
    const count = users.changes.filter(({ impact }) => impact === users.impact).length;
    causes.push({
      impact: users.impact,
      reason: `${count} of the changes that our users see rate ${users.impact}.`,
    });
  }
  // Paths and operations are members of one type, and rated with the changes.
  const gone = types.removed.filter((name) => !name.includes("["));
  if (gone.length > 0) {
    const more = gone.length > 8 ? ` and ${gone.length - 8} more` : "";
    causes.push({
      impact: "major",
      reason: `${gone.slice(0, 8).join(", ")}${more} can no longer be imported.`,
    });
  }
  if (retired.length > 0) {
    causes.push({
      impact: "minor",
      reason: `${retired.join(", ")} can no longer be named in the option \`corrections\`.`,
    });
  }
  if (travelsOtherwise && retired.length === 0) {
    causes.push({
      impact: "patch",
      reason: "The client spells requests or reads answers otherwise on their way.",
    });
  }
  const impact = impacts.find((one) => causes.some((cause) => cause.impact === one)) ?? "none";
  const isBeforeOne = version.startsWith("0.");
  const bump = isBeforeOne && impact === "major" ? "minor" : impact;
  const reasons = causes.map(({ reason }) => reason);
  if (bump !== impact) reasons.push("Before 1.0.0 a breaking change is a minor release.");
  return { impact, bump, reasons };
}

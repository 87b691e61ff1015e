import type { Cause, Rating } from "./rating/rate-types.ts";

/** Which version the next release has to be, and why. */
export interface Release {
  readonly impact: Rating;
  /** The bump of the package. Before 1.0.0 a breaking change is a minor one. */
  readonly bump: Rating;
  readonly reasons: readonly string[];
}

export interface ReleaseInput {
  /** What the types say. */
  readonly causes: readonly Cause[];
  /** Whether anything that our users read changed, such as a description. */
  readonly isReadOtherwise: boolean;
  /** The corrections that go. */
  readonly retired: readonly string[];
  /** Lists that `paginate` reads before and after: path and the property of the items. */
  readonly paginated: readonly [
    before: Readonly<Record<string, string>>,
    after: Readonly<Record<string, string>>,
  ];
  /** Whether the client spells anything otherwise on its way. */
  readonly travelsOtherwise: boolean;
  /** Of the package, today. */
  readonly version: string;
}

/** Decides by what our users' programs compile against, and not by what the vendor changed. */
export function decideRelease(input: ReleaseInput): Release {
  const causes = [...input.causes, ...paginationCauses(input.paginated)];
  if (input.retired.length > 0) {
    const reason = `${input.retired.join(", ")} can no longer be named: \`CorrectionId\` has lost it.`;
    causes.push({ impact: "major", reason });
  } else if (input.travelsOtherwise) {
    causes.push({
      impact: "patch",
      reason: "The client spells requests or reads responses otherwise on their way.",
    });
  }
  if (causes.length === 0 && input.isReadOtherwise) {
    causes.push({ impact: "patch", reason: "What the types and the reference say changed, and no type." });
  }
  const impact = (["major", "minor", "patch"] as const).find((one) =>
    causes.some((cause) => cause.impact === one),
  );
  if (impact === undefined) return { impact: "none", bump: "none", reasons: [] };
  const bump = input.version.startsWith("0.") && impact === "major" ? "minor" : impact;
  const reasons = causes.filter((cause) => cause.impact === impact).map(({ reason }) => reason);
  if (bump !== impact) reasons.push("Before 1.0.0 a breaking change is a minor release.");
  return { impact, bump, reasons };
}

function paginationCauses([before, after]: ReleaseInput["paginated"]): Cause[] {
  const lost = Object.keys(before).filter((path) => before[path] !== after[path]);
  const gained = Object.keys(after).filter((path) => !(path in before));
  return [
    ...lost.map(
      (path) => ({ impact: "major", reason: `\`paginate\` no longer reads \`${path}\` as it did.` }) as const,
    ),
    ...gained.map((path) => ({ impact: "minor", reason: `\`paginate\` reads \`${path}\` too.` }) as const),
  ];
}

import { sourcePath } from "./source-record.ts";
import type { Verdict } from "./verdict.ts";

/** What is left to do after a new document, in the order in which to do it. */
export function nextSteps({
  generation,
  corrections,
  users,
  release,
  laidOut,
  lint,
}: Pick<Verdict, "generation" | "corrections" | "users" | "release" | "laidOut" | "lint">): string[] {
  const of = (standing: string): string =>
    corrections
      .filter((one) => one.standing === standing && one.isCorrected)
      .map(({ id }) => id)
      .join(", ");
  const steps: string[] = [];
  const stopped = generation.problems.length > 0;
  const unnecessary = of("unnecessary");
  if (stopped && unnecessary !== "") {
    steps.push(
      `Delete ${unnecessary} from \`openapi/corrections.yaml\` once the live API uses the new spelling: ` +
        "`npm run spec:pull -- --retire` does it. Until then the generation stops there.",
    );
  }
  const misfits = of("misfit");
  if (misfits !== "") {
    steps.push(
      `Decide about ${misfits}: correct its targets in \`openapi/corrections.yaml\`, or delete its actions. ` +
        "Then run `npm run generate`. What our users see is a first estimate until then.",
    );
  }
  if (stopped && unnecessary === "" && misfits === "") {
    steps.push(`Correct what stops the generation: ${generation.problems.join(" ")}`);
  }
  const looks = corrections.filter(({ standing }) => standing === "look").map(({ id }) => id);
  if (looks.length > 0) {
    steps.push(
      `Look at ${looks.join(", ")}, and bring the entry in \`openapi/corrections.yaml\` up to date with what is ` +
        "published now.",
    );
  }
  if (users.lookalikes.length > 0)
    steps.push("Decide whether what is new and looks familiar needs a correction too.");
  if (looks.length > 0 || users.lookalikes.length > 0)
    steps.push(`Delete from "toDecide" in \`${sourcePath}\` what is decided: a later pull repeats the rest.`);
  if (laidOut.unnamed.length > 0) {
    steps.push(`Name what is new, by adding to \`openapi/shapes.yaml\`: ${quoted(laidOut.unnamed)}.`);
  }
  if (laidOut.gone.length > 0) {
    steps.push(
      `Delete the places from \`openapi/shapes.yaml\` that no longer exist: ${quoted(laidOut.gone)}.`,
    );
  }
  if (laidOut.unions.length > 0) {
    steps.push(`Check what is read in two ways: ${laidOut.unions.join(" ")}`);
  }
  for (const note of generation.whole?.notes ?? []) steps.push(note);
  if (lint.length > 0)
    steps.push(`The linter reports ${lint.length} problems, and \`npm test\` will report them too.`);
  if (release.bump !== "none")
    steps.push(`Read the changeset (${release.bump}), and say in it what users have to do.`);
  steps.push("Run `npm test`.");
  return steps;
}

function quoted(lines: readonly string[]): string {
  return lines.map((line) => `\`${line}\``).join(", ");
}

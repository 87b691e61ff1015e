import type { Verdict } from "./verdict.ts";

/** The files that hold a call of every operation. */
const callers = "`test/contract/operations.test.ts` and `scripts/contract-live/cases.ts`";

/** What is left to do after a new document, in the order in which to do it. */
export function nextSteps({
  generation,
  corrections,
  lookalikes,
  release,
  operations,
  lint,
}: Verdict): string[] {
  const of = (standing: string): string =>
    corrections
      .filter((one) => one.standing === standing && one.isCorrected)
      .map(({ id }) => id)
      .join(", ");
  const steps: string[] = [];
  const stopped = "problems" in generation;
  const unnecessary = of("unnecessary");
  if (stopped && unnecessary !== "") {
    steps.push(
      `Delete ${unnecessary} from \`openapi/corrections.yaml\` once the live API speaks the new spelling: ` +
        "`npm run spec:pull -- --retire` does it. Until then the generation stops there.",
    );
  } else if (unnecessary !== "") {
    steps.push(
      `${unnecessary} was deleted from \`openapi/corrections.yaml\`: take it out of the README's table and of \`scripts/spec/evidence.ts\`.`,
    );
  }
  const misfits = of("misfit");
  if (misfits !== "") {
    steps.push(
      `Decide what becomes of ${misfits}: correct its targets in \`openapi/corrections.yaml\`, or delete its actions. ` +
        "Then run `npm run generate`. What our users see is a first estimate until then.",
    );
  }
  if (stopped && unnecessary === "" && misfits === "") {
    steps.push(`Put right what stops the generation: ${generation.problems.join(" ")}`);
  }
  const looks = corrections.filter(({ standing }) => standing === "look").map(({ id }) => id);
  if (looks.length > 0) {
    steps.push(
      `Look at ${looks.join(", ")}, and bring \`scripts/spec/evidence.ts\` up to date with what is published now.`,
    );
  }
  if (lookalikes.length > 0)
    steps.push("Decide whether what is new and looks familiar needs a correction too.");
  if (operations.added.length > 0) {
    steps.push(`Add a call of each new operation (${operations.added.length}) to ${callers}.`);
  }
  if (operations.removed.length > 0) {
    steps.push(
      `Take the calls of each operation that is gone (${operations.removed.length}) out of ${callers}.`,
    );
  }
  if (lint.length > 0)
    steps.push(`The linter has ${lint.length} complaints, and \`npm test\` will have them too.`);
  if (release.bump !== "none")
    steps.push(`Read the changeset (${release.bump}), and say in it what users have to do.`);
  steps.push("Run `npm test`.");
  return steps;
}

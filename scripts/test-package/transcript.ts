/** Something that a page shows in a block of the console, or says in a comment. */
export type Step =
  | {
      /** `$` for a command, `>` for a line that is typed into the mock, and `!` for what happens meanwhile. */
      readonly kind: "$" | ">" | "!";
      readonly text: string;
      /** What the page shows below it. */
      readonly shown: readonly string[];
    }
  /** What is between them. */
  | { readonly kind: "page"; readonly text: string };

/** Reads the transcripts of a page: its blocks of `console`, and its comments `<!-- meanwhile: … -->`. */
export function readTranscript(markdown: string): Step[] {
  const steps: Step[] = [];
  let isBlock = false;
  let shown: string[] | undefined;
  for (const line of markdown.split("\n")) {
    const [, kind, command = ""] = (isBlock && /^([$>]) (.*)$/.exec(line)) || [];
    const [, meanwhile] = /^<!-- meanwhile: (.*) -->$/.exec(line) ?? [];
    const isFence = line.startsWith("```");
    if (isFence) isBlock = line === "```console";
    if (kind === "$" || kind === ">") {
      shown = [];
      steps.push({ kind, text: command, shown });
    } else if (isFence || shown === undefined || !isBlock) {
      shown = undefined;
      steps.push(
        meanwhile === undefined ? { kind: "page", text: line } : { kind: "!", text: meanwhile, shown: [] },
      );
    } else shown.push(line);
  }
  return steps;
}

/** The page with what was printed in the place of what it shows. */
export function writeTranscript(
  steps: readonly Step[],
  printed: ReadonlyMap<Step, readonly string[]>,
): string {
  const lines = steps.flatMap((step) => {
    if (step.kind === "page") return [step.text];
    if (step.kind === "!") return [`<!-- meanwhile: ${step.text} -->`];
    return [`${step.kind} ${step.text}`, ...(printed.get(step) ?? [])];
  });
  return lines.join("\n");
}

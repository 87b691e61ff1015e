import { GenerationError } from "../document/document.ts";
import { printable } from "../document/message.ts";
import { SpecError } from "./spec-error.ts";

/**
 * Runs something, and prints why a document was refused. Undefined then, and `onRefusal` is told; any other error is
 * thrown on.
 */
export async function orPrintRefusal<Result>(
  run: () => Promise<Result>,
  onRefusal: (error: SpecError | GenerationError) => void = () => {},
): Promise<Result | undefined> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof SpecError) && !(error instanceof GenerationError)) throw error;
    const lines = error.message.split("\n").map((line) => line.replace(/\S.*/, printable));
    console.error(`error: ${lines.join("\n")}\n\nNothing was written.`);
    onRefusal(error);
    return undefined;
  }
}

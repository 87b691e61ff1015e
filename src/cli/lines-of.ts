import { addAbortSignal, type Readable } from "node:stream";

/**
 * The lines of a text, until it ends or is aborted. The readline of some versions of Node ends one at U+2028 and U+2029
 * too, which may stand in the strings of JSON.
 *
 * @throws what reading throws.
 */
export async function* linesOf(input: Readable, signal?: AbortSignal): AsyncGenerator<string> {
  if (signal !== undefined) addAbortSignal(signal, input);
  let rest = "";
  try {
    for await (const chunk of input.setEncoding("utf8")) {
      // A carriage return at its end may be half of a line break.
      const hasBreak = rest.endsWith("\r") || /[\r\n]/.test(chunk);
      rest += chunk;
      if (!hasBreak) continue;
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } catch (error) {
    if (signal?.aborted) return;
    throw error;
  }
  if (rest !== "") yield rest.replace(/\r$/, "");
}

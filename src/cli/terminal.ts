import { createInterface } from "node:readline/promises";
import { styleText } from "node:util";
import type { Terminal } from "./command.ts";

/** How often progress is shown in its place on a terminal, and as a line of its own elsewhere, in milliseconds. */
const redrawMs = 100;
const lineMs = 10_000;

/** The terminal, or the files and pipes, that this process was started with. */
export function createTerminal(signal: AbortSignal): Terminal {
  const { stdin, stdout, stderr, env } = process;
  const isPlain = env.NO_COLOR !== undefined;
  const isTerminal = stdout.isTTY === true && !isPlain;
  const isWatched = stderr.isTTY === true;
  let shownAtMs = performance.now();
  let isShown = false;
  const clear = (): void => {
    if (isShown) stderr.write("\r\u001b[K");
    isShown = false;
  };
  return {
    print(line) {
      clear();
      stdout.write(`${line}\n`);
    },
    note(line) {
      clear();
      stderr.write(`${line}\n`);
    },
    progress(line) {
      const nowMs = performance.now();
      if (nowMs - shownAtMs < (isWatched ? redrawMs : lineMs)) return;
      shownAtMs = nowMs;
      clear();
      stderr.write(isWatched ? line : `${line}\n`);
      isShown = isWatched;
    },
    paint: (colour, text) => (isTerminal ? styleText(colour, text) : text),
    ask:
      stdin.isTTY && isWatched
        ? (question) => {
            clear();
            return ask(question, signal);
          }
        : undefined,
    env,
    signal,
  };
}

async function ask(question: string, signal: AbortSignal): Promise<string> {
  // The results may go to a file: the question is for whoever sits there.
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // While a line is edited, Ctrl+C is a key, and no signal. Windows has none: a kill would end the process at once.
  lines.once("SIGINT", () => process.emit("SIGINT", "SIGINT"));
  try {
    return await lines.question(question, { signal });
  } finally {
    lines.close();
  }
}

#!/usr/bin/env node
import { exitCodes } from "./command.ts";
import { runCommandLine } from "./run-command-line.ts";
import { createTerminal } from "./terminal.ts";

/** What a shell makes of a program that SIGINT ends. */
const stoppedCode = 130;
/** How long what is under way may take to end, in milliseconds: an order that may have been sent is looked for. */
const graceMs = 10_000;

const aborted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    aborted.abort(new Error("It was stopped."));
    // Whoever asks twice wants it now.
    setTimeout(() => process.exit(stoppedCode), graceMs).unref();
    process.once(signal, () => process.exit(stoppedCode));
  });
}

// A reader that closes its end early, as `head` does, wants no more of it. What was found out by then is not known.
process.stdout.on("error", () => process.exit(exitCodes.failed));

process.exitCode = await runCommandLine(process.argv.slice(2), createTerminal(aborted.signal));
// What a stopped command no longer waits for, such as a token, would keep the process.
if (aborted.signal.aborted) process.stdout.write("", () => process.exit());

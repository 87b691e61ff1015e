#!/usr/bin/env node
import { checkNode } from "./doctor/node-version.ts";

const { level, message, hint } = checkNode(process.versions.node);
if (level === "error") {
  process.stderr.write(`Node ${message} ${hint}\n`);
  process.exit(2);
}
// An older Node can't even read what these import.
const { runCommandLine } = await import("./run-command-line.ts");
const { createTerminal } = await import("./terminal.ts");

/** What a shell makes of a program that SIGINT ends. */
const stoppedCode = 130;
/** How long what is under way may take to end, in milliseconds: an order that may have been sent is looked for. */
const graceMs = 10_000;

const aborted = new AbortController();

/** What is under way is finished, and nothing is begun. */
function stop(): void {
  if (aborted.signal.aborted) return;
  aborted.abort(new Error("It was stopped."));
  setTimeout(end, graceMs).unref();
}

/** A command that is at work on what must not be ended has said what that comes to. */
function end(): void {
  process.exit(process.exitCode ?? stoppedCode);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    stop();
    // Whoever asks twice wants it now.
    process.once(signal, end);
  });
}
// A terminal that is closed. The shell and the system may both say so: that is not asking twice.
process.on("SIGHUP", stop);

// A reader that closes its end early, as `head` does, wants no more of it.
process.stdout.on("error", stop);
// What nobody reads is no reason to stop, nor is it what became of the work.
process.stderr.on("error", () => {});

process.exitCode = await runCommandLine(process.argv.slice(2), createTerminal(aborted.signal));
// What a command no longer waits for, such as a token or a ledger that hangs, would keep the process.
process.stdout.write("", () => process.stderr.write("", () => process.exit()));

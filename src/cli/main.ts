#!/usr/bin/env node
import { styleText } from "node:util";
import { FulfillmentError } from "juniper-fulfillment";
import { type Command, exitCodes, type Terminal, UsageError } from "./command.ts";
import { doctor } from "./doctor/doctor.ts";
import { mock } from "./mock/mock.ts";
import { replay } from "./webhooks/replay.ts";
import { trigger } from "./webhooks/trigger.ts";

const commands: readonly Command[] = [mock, doctor, trigger, replay];

const usage = `Usage: juniper-fulfillment COMMAND [OPTIONS]

${commands.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`).join("\n")}

juniper-fulfillment COMMAND --help says more about a command. Exit codes: 0 for all is well, 1 for something that is
not as it should be, 2 for a command line that makes no sense.`;

/** What a shell makes of a program that SIGINT ends. */
const stoppedCode = 130;

const aborted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    aborted.abort(new Error("It was stopped."));
    // Whatever is under way gets a moment to end. Whoever asks twice wants it now.
    setTimeout(() => process.exit(stoppedCode), 2_000).unref();
    process.once(signal, () => process.exit(stoppedCode));
  });
}

const terminal: Terminal = {
  print: (line) => void process.stdout.write(`${line}\n`),
  note: (line) => void process.stderr.write(`${line}\n`),
  isTerminal: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
  env: process.env,
  signal: aborted.signal,
};

// A reader that closes its end early, as `head` does, wants no more of it. What was found out by then is not known.
process.stdout.on("error", () => process.exit(exitCodes.failed));

process.exitCode = await runCommandLine(process.argv.slice(2));

async function runCommandLine([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    (name === undefined ? terminal.note : terminal.print)(usage);
    return name === undefined ? exitCodes.usage : exitCodes.ok;
  }
  const command = commands.find((each) => each.name === name);
  if (command === undefined) {
    terminal.note(`There is no command "${name}".\n\n${usage}`);
    return exitCodes.usage;
  }
  if (args.includes("--help") || args.includes("-h")) {
    terminal.print(command.usage);
    return exitCodes.ok;
  }
  try {
    return await command.run(args, terminal);
  } catch (error) {
    return report(command, error);
  }
}

function report(command: Command, error: unknown): number {
  if (isUsageError(error)) {
    terminal.note(`${error.message}\n\n${command.usage}`);
    return exitCodes.usage;
  }
  if (aborted.signal.aborted) return exitCodes.failed;
  if (!(error instanceof FulfillmentError)) throw error;
  terminal.note(`${styleText("red", "Error:", { stream: process.stderr })} ${error.message}`);
  return error.code === "CONFIGURATION" ? exitCodes.usage : exitCodes.failed;
}

function isUsageError(error: unknown): error is Error {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return error instanceof UsageError || code.startsWith("ERR_PARSE_ARGS");
}

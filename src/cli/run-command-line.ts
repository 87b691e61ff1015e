import { styleText } from "node:util";
import { FulfillmentError } from "juniper-fulfillment";
import { version } from "../generated/version.ts";
import { nearest } from "../wrapper/nearest.ts";
import { type Command, CommandError, exitCodes, type Terminal, UsageError } from "./command.ts";
import { commands, type Entry, groupUsage } from "./commands.ts";
import { shown } from "./shown.ts";

const program = "juniper-fulfillment";

/** Runs what the words ask for, and resolves with the exit code. */
export async function runCommandLine(words: readonly string[], terminal: Terminal): Promise<number> {
  if (words[0] === "--version" || words[0] === "-v") {
    terminal.print(version);
    return exitCodes.ok;
  }
  let path = program;
  let entries: readonly Entry[] = commands;
  for (const [index, name] of words.entries()) {
    if (isHelp(name)) {
      terminal.print(groupUsage(path, entries));
      return exitCodes.ok;
    }
    const entry = entries.find((each) => each.name === name);
    if (entry === undefined) {
      const names = entries.map((each) => each.name);
      terminal.note(`${complaintOf(name, names)}\n\n${groupUsage(path, entries)}`);
      return exitCodes.usage;
    }
    if ("load" in entry) return runCommand(await entry.load(), words.slice(index + 1), terminal);
    path += ` ${name}`;
    entries = entry.entries;
  }
  terminal.note(groupUsage(path, entries));
  return exitCodes.usage;
}

function complaintOf(name: string, names: readonly string[]): string {
  if (!isName(name)) return "There is no such command.";
  const like = nearest(name, names);
  return `There is no command "${name}".${like === undefined ? "" : ` Did you mean "${like}"?`}`;
}

/** Whether a word can be repeated. Any other may hold a password, such as a ledger's address, and errors are logged. */
function isName(word: string): boolean {
  return /^[a-z]+(-[a-z]+)*$/i.test(word);
}

function isHelp(word: string): boolean {
  return word === "--help" || word === "-h" || word === "help";
}

async function runCommand(command: Command, args: readonly string[], terminal: Terminal): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    terminal.print(command.usage);
    return exitCodes.ok;
  }
  try {
    return await command.run(args, terminal);
  } catch (error) {
    return report(command, error, terminal);
  }
}

function report({ usage }: Command, error: unknown, { note, signal }: Terminal): number {
  if (error instanceof UsageError) {
    note(`${error.message}\n\n${usage}`);
    return exitCodes.usage;
  }
  const complaint = complaintOfParser(error, usage);
  if (complaint !== undefined) {
    note(`${complaint}\n\n${usage}`);
    return exitCodes.usage;
  }
  if (signal.aborted) return exitCodes.failed;
  if (!(error instanceof FulfillmentError) && !(error instanceof CommandError)) throw error;
  note(`${styleText("red", "Error:", { stream: process.stderr })} ${shown(error.message)}`);
  return "code" in error && error.code === "CONFIGURATION" ? exitCodes.usage : exitCodes.failed;
}

/** What parseArgs has against the words, with the option that was meant. Undefined for any other error. */
function complaintOfParser(error: unknown, usage: string): string | undefined {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (!(error instanceof Error) || !code.startsWith("ERR_PARSE_ARGS")) return undefined;
  if (code === "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL") return "This command takes options alone.";
  // The other messages name options of ours.
  if (code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION") return error.message;
  const [, dashes = "", name = ""] = /^Unknown option '(--?)([^']*)'/.exec(error.message) ?? [];
  if (!isName(name)) return "Unknown option.";
  const like = nearest(dashes + name, usage.match(/--[a-z][\w-]*/g) ?? []);
  return `Unknown option '${dashes}${name}'.${like === undefined ? "" : ` Did you mean '${like}'?`}`;
}

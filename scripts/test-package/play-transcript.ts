import { join } from "node:path";
import { hideChance } from "./hide-chance.ts";
import { meanwhile } from "./meanwhile.ts";
import { startReceiver } from "./receiver.ts";
import { RunningProgram } from "./running-program.ts";
import type { Step } from "./transcript.ts";

/** Where the commands of a transcript are run. */
export interface Stage {
  /** The program and its first words, in the place of `juniper-fulfillment`. */
  readonly command: readonly [program: string, ...words: string[]];
  /** The folder with the files that the commands name. */
  readonly folder: string;
}

/** Commands that go on until they are stopped. */
const endless = ["mock", "listen"];

/**
 * Runs the commands of a transcript one after the other, as somebody at a terminal would, and returns what each printed,
 * without what is another in every run.
 */
export async function playTranscript(
  steps: readonly Step[],
  { command, folder }: Stage,
): Promise<Map<Step, readonly string[]>> {
  const printed = new Map<Step, readonly string[]>();
  const running: RunningProgram[] = [];
  const receiver = await startReceiver();
  let env: Record<string, string> = { ...withoutSettings(), JUNIPER_WEBHOOK_SECRET: receiver.secret };
  let mock: RunningProgram | undefined;
  let mockPort = 0;
  let exitCode: number | null = 0;

  const run = async (line: string, shown: number): Promise<string[]> => {
    if (line === "echo $?") return [String(exitCode)];
    const [name = "", ...args] = line.replace("localhost:3000", `localhost:${receiver.port}`).split(" ");
    if (name !== "juniper-fulfillment") throw new Error(`A transcript can't run ${name}.`);
    const [subcommand = ""] = args;
    if (subcommand === "mock") args.push("--port", "0");
    const output = join(folder, `output-${running.length}.txt`);
    const program = await RunningProgram.start([...command, ...args], { cwd: folder, env, output });
    running.push(program);
    if (!endless.includes(subcommand)) {
      exitCode = await program.end();
      return program.lines();
    }
    const lines = await program.waitForLines(shown);
    if (subcommand === "mock") {
      mock = program;
      const settings = settingsOf(lines);
      mockPort = Number(new URL(settings.JUNIPER_BASE_URL ?? "").port);
      env = { ...env, ...settings };
    }
    return lines;
  };
  const type = async (line: string, shown: number): Promise<string[]> => {
    if (mock === undefined) throw new Error("A transcript types into a mock that it hasn't started.");
    const before = (await mock.lines()).length;
    mock.type(line);
    return mock.waitForLines(shown, before);
  };

  try {
    for (const step of steps) {
      if (step.kind === "page") continue;
      if (step.kind === "!") await meanwhile(step.text, { mockPort, folder });
      else {
        const lines = await (step.kind === "$" ? run : type)(step.text, step.shown.length);
        printed.set(step, hideChance(lines, { [mockPort]: 4010, [receiver.port]: 3000 }));
      }
    }
    return printed;
  } finally {
    for (const program of running) await program.stop();
    await receiver.close();
  }
}

/** The variables of this process, without any that a command would act on. */
function withoutSettings(): Record<string, string> {
  const ours = /^(JUNIPER_|REDIS_URL$|DATABASE_URL$|https?_proxy$|no_proxy$|FORCE_COLOR$|NODE_OPTIONS$)/i;
  const kept = Object.entries(process.env).filter(([name]) => !ours.test(name));
  return { ...(Object.fromEntries(kept) as Record<string, string>), NO_COLOR: "1" };
}

/** What the mock says a client is to be given, as the variables of the commands. */
function settingsOf(greeting: readonly string[]): Record<string, string> {
  const text = greeting.join("\n");
  const settingOf = (option: string): string => new RegExp(`${option}: "([^"]+)"`).exec(text)?.[1] ?? "";
  return {
    JUNIPER_CLIENT_ID: settingOf("clientId"),
    JUNIPER_CLIENT_SECRET: settingOf("clientSecret"),
    JUNIPER_BASE_URL: settingOf("baseUrl"),
    JUNIPER_TOKEN_URL: settingOf("tokenUrl"),
  };
}

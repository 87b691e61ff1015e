import { parseArgs } from "node:util";
import { type Command, exitCodes, type Terminal } from "../command.ts";
import { shown } from "../shown.ts";
import { checkApi } from "./api.ts";
import type { Finding } from "./finding.ts";
import { checkLedger } from "./ledger.ts";
import { checkNode } from "./node-version.ts";
import { checkDatabase, checkRedis, storeNames } from "./stores.ts";
import { checkProxy, readSettings } from "./surroundings.ts";

const usage = `Usage: juniper-fulfillment doctor [--base-url URL] [--token-url URL] [--json] [OPTIONS]

Checks whether this machine can work with the API: the runtime, the environment, the credentials (it requests a token), the
API's address, the clock, the proxy, the webhook secret, and the stores in JUNIPER_LEDGER, REDIS_URL and DATABASE_URL. It
only reads: nothing is written at the vendor or in a store. Exits with 1 if it finds an error.

  --base-url URL        the API's address, in place of the environment's (default: JUNIPER_BASE_URL)
  --token-url URL       the token endpoint, in place of the environment's (default: JUNIPER_TOKEN_URL)
  --ledger-prefix TEXT  the prefix of your redisStore, if it has one
  --ledger-table NAME   the table of your sqlLedger, if it has another one than the default
  --json                print each finding as a line of JSON

It reads JUNIPER_CLIENT_ID, JUNIPER_CLIENT_SECRET, JUNIPER_ENVIRONMENT, JUNIPER_WEBHOOK_SECRET, JUNIPER_LEDGER, REDIS_URL,
DATABASE_URL and the proxy variables.`;

const options = {
  "base-url": { type: "string" },
  "token-url": { type: "string" },
  "ledger-prefix": { type: "string" },
  "ledger-table": { type: "string" },
  json: { type: "boolean", default: false },
} as const;

export const doctor: Command = {
  usage,
  async run(args, terminal) {
    const { values } = parseArgs({ args: [...args], options });
    const { env } = terminal;
    const baseUrl = values["base-url"] ?? (env.JUNIPER_BASE_URL || undefined);
    const tokenUrl = values["token-url"] ?? (env.JUNIPER_TOKEN_URL || undefined);
    const names = storeNames(values["ledger-prefix"], values["ledger-table"]);
    const findings: Finding[] = [];
    const tell = (finding: Finding): void => {
      findings.push(finding);
      terminal.print(values.json ? JSON.stringify(finding) : format(finding, terminal));
    };
    tell(checkNode(process.versions.node));
    for (const finding of checkProxy(env)) tell(finding);
    const { finding, clientOptions } = readSettings(env, { baseUrl, tokenUrl });
    tell(finding);
    const look = async (): Promise<void> => {
      if (clientOptions !== undefined) {
        for await (const each of checkApi(clientOptions, env.JUNIPER_WEBHOOK_SECRET)) tell(each);
      }
      for await (const each of checkLedger(env.JUNIPER_LEDGER, names)) tell(each);
      for await (const each of checkRedis(env.REDIS_URL, "REDIS_URL", names)) tell(each);
      for await (const each of checkDatabase(env.DATABASE_URL, "DATABASE_URL", names)) tell(each);
    };
    await Promise.race([look(), stopped(terminal.signal)]);
    const errors = findings.filter(({ level }) => level === "error").length;
    const warnings = findings.filter(({ level }) => level === "warning").length;
    if (!values.json) terminal.print(`\n${count(errors, "error")}, ${count(warnings, "warning")}`);
    return errors === 0 ? exitCodes.ok : exitCodes.failed;
  },
};

/** Rejects when the command is stopped: it only looks, so that nothing has to be waited for. */
function stopped(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

const marks = {
  ok: ["green", "ok     "],
  warning: ["yellow", "warning"],
  error: ["red", "error  "],
} as const;

function format({ check, level, message, hint }: Finding, { paint }: Terminal): string {
  const [colour, word] = marks[level];
  return `${paint(colour, word)}  ${check.padEnd(11)}  ${shown(message)}${hint === undefined ? "" : `\n                      ${hint}`}`;
}

function count(number: number, what: string): string {
  return `${number === 0 ? "no" : number} ${what}${number === 1 ? "" : "s"}`;
}

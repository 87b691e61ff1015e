import type { Command } from "./command.ts";

/** A word of the command line: a command, or a group of them. */
export type Entry = {
  readonly name: string;
  /** A line for the list of all commands. */
  readonly summary: string;
} & (
  | {
      /** Reads the command's code, which may be large, when it is called. */
      readonly load: () => Promise<Command>;
    }
  | { readonly entries: readonly Entry[] }
);

/** Every command, in the order of their list. */
export const commands: readonly Entry[] = [
  {
    name: "mock",
    summary: "serve a mock of the API on this machine",
    load: async () => (await import("./mock/mock.ts")).mock,
  },
  {
    name: "contract",
    summary: "check a live API, or the mock, against the document",
    load: async () => (await import("./contract/contract.ts")).contract,
  },
  {
    name: "orders",
    summary: "check a file of orders, submit it, and settle unknown outcomes",
    entries: [
      {
        name: "check",
        summary: "check a file of orders before anything is sent",
        load: async () => (await import("./orders/check.ts")).check,
      },
      {
        name: "submit",
        summary: "place the orders of a file, each at most once",
        load: async () => (await import("./orders/submit.ts")).submit,
      },
      {
        name: "unsettled",
        summary: "list orders that may or may not exist",
        load: async () => (await import("./orders/unsettled.ts")).unsettled,
      },
      {
        name: "settle",
        summary: "record whether such an order was placed",
        load: async () => (await import("./orders/settle.ts")).settle,
      },
      {
        name: "watch",
        summary: "print each status that an order reaches",
        load: async () => (await import("./orders/watch.ts")).watch,
      },
    ],
  },
  {
    name: "doctor",
    summary: "check whether this machine can work with the API",
    load: async () => (await import("./doctor/doctor.ts")).doctor,
  },
  {
    name: "trigger",
    summary: "send a signed sample webhook to your receiver",
    load: async () => (await import("./webhooks/trigger.ts")).trigger,
  },
  {
    name: "listen",
    summary: "poll for changed orders, and send them to your receiver as webhooks",
    load: async () => (await import("./webhooks/listen.ts")).listen,
  },
  {
    name: "replay",
    summary: "send recorded webhooks to your receiver again",
    load: async () => (await import("./webhooks/replay.ts")).replay,
  },
];

/** What is printed of a group: its commands, and how they end. */
export function groupUsage(words: string, entries: readonly Entry[]): string {
  const width = Math.max(...entries.map(({ name }) => name.length)) + 2;
  return `Usage: ${words} COMMAND [OPTIONS]

${entries.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`).join("\n")}

${words} COMMAND --help describes a command, and juniper-fulfillment --version prints the version.
Exit codes: 0 all is well, 1 something is wrong or failed, 2 the command line or the configuration is wrong, 3 some orders
may or may not exist.`;
}

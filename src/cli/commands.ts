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
    summary: "hold a live API, or the mock, against the document",
    load: async () => (await import("./contract/contract.ts")).contract,
  },
  {
    name: "orders",
    summary: "check a file of orders, submit it, and settle what is unknown",
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
        summary: "list orders of which it is not known whether they exist",
        load: async () => (await import("./orders/unsettled.ts")).unsettled,
      },
      {
        name: "settle",
        summary: "record what became of such an order",
        load: async () => (await import("./orders/settle.ts")).settle,
      },
      {
        name: "watch",
        summary: "print each status that an order comes to",
        load: async () => (await import("./orders/watch.ts")).watch,
      },
    ],
  },
  {
    name: "doctor",
    summary: "look whether this machine can work with the API",
    load: async () => (await import("./doctor/doctor.ts")).doctor,
  },
  {
    name: "trigger",
    summary: "send a signed sample webhook to your receiver",
    load: async () => (await import("./webhooks/trigger.ts")).trigger,
  },
  {
    name: "listen",
    summary: "poll for changes of orders, and send them to your receiver as webhooks",
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

${words} COMMAND --help says more about a command, and juniper-fulfillment --version which version
this is. Exit codes: 0 for all is well, 1 for something that is not as it should be, 2 for a command line that makes no
sense, 3 for orders of which it is not known whether they exist.`;
}

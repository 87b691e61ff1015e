import type { DeliveryResult, StatefulMockServer, StoredOrderStatus } from "juniper-fulfillment/testing";

interface Command {
  readonly usage: string;
  readonly summary: string;
  run(mock: StatefulMockServer, ...words: readonly string[]): string | Promise<string>;
}

const commands: Readonly<Record<string, Command>> = {
  orders: {
    usage: "orders",
    summary: "list the orders with their statuses, the last ten",
    run: ({ orders }) =>
      orders
        .slice(-10)
        .map(({ id, status, totalPrice }) => `${id}  ${status.padEnd(17)} ${totalPrice}`)
        .join("\n") || "There are no orders yet.",
  },
  advance: {
    usage: "advance ORDER STATUS",
    summary:
      "move an order on and deliver its webhook: PROCESSING, FULFILLED, AWAITING_SHIPMENT, SHIPPED, CANCELLED",
    async run(mock, order = "", status = "") {
      const moved = await mock.advance(order, status.toUpperCase() as StoredOrderStatus);
      return [`${order} is ${status.toUpperCase()}.`, ...describe(moved)].join("\n");
    },
  },
  revoke: {
    usage: "revoke",
    summary: "make every access token worth nothing",
    run(mock) {
      mock.revokeTokens();
      return `${mock.tokensIssued} tokens were issued; none is good any more.`;
    },
  },
  help: { usage: "help", summary: "show this", run: () => commandsOf("  ") },
};

/** The commands, a line each. */
export function commandsOf(indent: string): string {
  const list = Object.values(commands);
  const width = Math.max(...list.map(({ usage }) => usage.length)) + 2;
  return list.map(({ usage, summary }) => `${indent}${usage.padEnd(width)}${summary}`).join("\n");
}

/** Runs a line that was typed, and returns what to say. It does not reject. */
export async function runCommand(mock: StatefulMockServer, line: string): Promise<string> {
  const [name = "", ...words] = line.trim().split(/\s+/);
  if (name === "") return "";
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) return `There is no command "${name}". There are:\n${commandsOf("  ")}`;
  try {
    return await command.run(mock, ...words);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function describe(results: readonly DeliveryResult[]): string[] {
  if (results.length === 0) return ["No webhook was sent: PATCH /partners/settings with a webhookUrl first."];
  return results.map(({ webhookId, status, failure }) =>
    status === undefined
      ? `Webhook ${webhookId} got no answer: ${failure}`
      : `Webhook ${webhookId} was answered with ${status}.`,
  );
}

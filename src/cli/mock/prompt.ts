import type { DeliveryResult, StatefulMockServer, StoredOrderStatus } from "juniper-fulfillment/testing";

interface Prompt {
  readonly usage: string;
  readonly summary: string;
  run(mock: StatefulMockServer, ...words: readonly string[]): string | Promise<string>;
}

const prompts: Readonly<Record<string, Prompt>> = {
  orders: {
    usage: "orders",
    summary: "list the last ten orders with their statuses",
    run: ({ orders }) =>
      orders
        .slice(-10)
        .map(({ id, status, totalPrice }) => `${id}  ${status.padEnd(17)} ${totalPrice}`)
        .join("\n") || "There are no orders yet.",
  },
  advance: {
    usage: "advance ORDER STATUS",
    summary:
      "move an order to STATUS and deliver its webhook: PROCESSING, FULFILLED, AWAITING_SHIPMENT, SHIPPED, CANCELLED",
    async run(mock, order = "", status = "") {
      const moved = await mock.advance(order, status.toUpperCase() as StoredOrderStatus);
      return [`${order} is ${status.toUpperCase()}.`, ...describe(moved)].join("\n");
    },
  },
  revoke: {
    usage: "revoke",
    summary: "invalidate every access token",
    run(mock) {
      mock.revokeTokens();
      return `${mock.tokensIssued} tokens were issued; none is valid any more.`;
    },
  },
  help: { usage: "help", summary: "show this", run: () => listPrompts("  ") },
};

/** The commands that can be typed, a line each. */
export function listPrompts(indent: string): string {
  const list = Object.values(prompts);
  const width = Math.max(...list.map(({ usage }) => usage.length)) + 2;
  return list.map(({ usage, summary }) => `${indent}${usage.padEnd(width)}${summary}`).join("\n");
}

/** Runs a line that was typed, and returns what to say. It does not reject. */
export async function runPrompt(mock: StatefulMockServer, line: string): Promise<string> {
  const [name = "", ...words] = line.trim().split(/\s+/);
  if (name === "") return "";
  const prompt = Object.hasOwn(prompts, name) ? prompts[name] : undefined;
  if (prompt === undefined) return `There is no command "${name}". There are:\n${listPrompts("  ")}`;
  try {
    return await prompt.run(mock, ...words);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function describe(results: readonly DeliveryResult[]): string[] {
  if (results.length === 0) return ["No webhook was sent: PATCH /partners/settings with a webhookUrl first."];
  return results.map(({ webhookId, status, failure }) =>
    status === undefined
      ? `Webhook ${webhookId} got no response: ${failure}`
      : `Webhook ${webhookId}: the receiver responded with ${status}.`,
  );
}

import { Exchange, type Transport } from "../../src/wrapper/transport/exchange.ts";
import { createFetchTransport } from "../../src/wrapper/transport/fetch.ts";
import { createTransport } from "../../src/wrapper/transport/node.ts";

/** How a request failed, and what the client makes of it. */
export interface TransportFailure {
  readonly code: unknown;
  readonly maybeSent: boolean;
}

export const transports: Readonly<Record<string, () => Transport>> = {
  "the node transport": createTransport,
  "the platform's fetch": () => createFetchTransport((url, init) => fetch(url, init)),
};

/** Sends an order's worth of bytes, or as many as are asked for, where it must fail. */
export async function failureOf(transport: Transport, url: string, body = "{}"): Promise<TransportFailure> {
  const request = { method: "POST", url, headers: new Headers(), body, signal: undefined };
  const exchange = new Exchange(request, { streaming: false, maxResponseBytes: 1_000 });
  try {
    await transport(exchange);
  } catch (error) {
    return { code: codeOf(error), maybeSent: exchange.maybeSent };
  }
  throw new Error("the request succeeded");
}

/** The code of the error or of what it wraps; the name of one that has no code. */
function codeOf(error: unknown): unknown {
  const { code, name, cause, errors } = error as Error & { code?: unknown; errors?: unknown[] };
  if (code !== undefined) return code;
  const inner = cause ?? errors?.[0];
  return inner === undefined ? name : codeOf(inner);
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Exchange } from "./exchange.ts";
import { readRequest, sendResponse } from "./http-messages.ts";
import type { Control } from "./service.ts";

/** The server: it reads requests, and sends the responses or cuts the connections off. */
export interface MockHttpServer {
  readonly origin: string;
  close(): Promise<void>;
}

export interface MockHttpServerOptions {
  readonly port: number;
  readonly exchange: Exchange;
  /** Responds to the requests that drive the mock. They are not recorded. */
  readonly control: Control;
}

export async function startMockHttpServer(options: MockHttpServerOptions): Promise<MockHttpServer> {
  const server = createServer((request, response) => {
    serve(request, response, options).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  });
  await listen(server, options.port);
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> =>
    new Promise((resolve, reject) => {
      options.exchange.close();
      server.close((error) => (error ? reject(error) : resolve()));
      server.closeAllConnections();
    });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function serve(
  incoming: IncomingMessage,
  response: ServerResponse,
  { exchange, control }: MockHttpServerOptions,
): Promise<void> {
  const request = await readRequest(incoming);
  const controlled = await control(request);
  if (controlled !== undefined) return sendResponse(response, controlled);
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const ending = await exchange.conclude(request, gone.signal);
  if ("response" in ending) sendResponse(response, ending.response);
  else if (ending.cut === "reset") incoming.socket.resetAndDestroy();
  else incoming.socket.destroy();
}

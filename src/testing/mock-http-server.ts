import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Fault, FaultScripts } from "./fault-scripts.ts";
import { type IncomingRequest, readRequest, sendResponse } from "./http-messages.ts";
import type { Route } from "./operations.ts";
import type { PrismResponse } from "./prism.ts";
import type { RecordedRequest } from "./recorded-requests.ts";
import type { Control, Service } from "./service.ts";

/** The server: it reads requests, applies faults, passes them to the service, and records what happened. */
export interface MockHttpServer {
  readonly origin: string;
  close(): Promise<void>;
}

export interface MockHttpServerOptions {
  readonly port: number;
  readonly service: Service;
  readonly faults: FaultScripts;
  readonly onRequest: (request: RecordedRequest) => void;
  /** Responds to the requests that drive the mock. They are not recorded. */
  readonly control: Control;
}

export async function startMockHttpServer(options: MockHttpServerOptions): Promise<MockHttpServer> {
  const closing = new AbortController();
  const server = createServer((request, response) => {
    serve(request, response, options, closing.signal).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  });
  await listen(server, options.port);
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> =>
    new Promise((resolve, reject) => {
      closing.abort();
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

/** How a request ended: with a response, or with a closed connection. */
interface Ending {
  readonly reply: PrismResponse | undefined;
  readonly violations: readonly string[];
}

async function serve(
  incoming: IncomingMessage,
  response: ServerResponse,
  { service, faults, onRequest, control }: MockHttpServerOptions,
  closing: AbortSignal,
): Promise<void> {
  const request = await readRequest(incoming);
  const controlled = await control(request);
  if (controlled !== undefined) return sendResponse(response, controlled);
  const route = service.route(request);
  const fault = faults.take(route?.operation);
  const { reply, violations } = await conclude(service, request, route, fault);
  const { target: path, method, headers, body } = request;
  onRequest({
    ...{ method, path, operation: route?.operation, headers, body },
    ...{ violations, fault, status: reply?.status, responseBody: reply?.body },
  });
  if (fault?.delayMs) await delay(fault.delayMs, undefined, { signal: closing }).catch(() => {});
  if (reply !== undefined) sendResponse(response, reply);
  else if (fault !== undefined && "reset" in fault) incoming.socket.resetAndDestroy();
  else incoming.socket.destroy();
}

async function conclude(
  service: Service,
  request: IncomingRequest,
  route: Route | undefined,
  fault: Fault | undefined,
): Promise<Ending> {
  if (fault === undefined || !("status" in fault || "reset" in fault)) {
    const reply = await service.respond(request, route);
    const isDropped = fault !== undefined && "commitThenDrop" in fault;
    return { reply: isDropped ? undefined : reply, violations: reply.violations };
  }
  const violations = await service.check(request);
  if ("reset" in fault) return { reply: undefined, violations };
  const { status, retryAfterSeconds, body } = fault;
  const headers = {
    ...(body !== undefined && { "content-type": "application/json" }),
    ...(retryAfterSeconds !== undefined && { "retry-after": String(retryAfterSeconds) }),
  };
  return { reply: { status, headers, body, violations: [] }, violations };
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Fault, FaultScripts } from "./fault-scripts.ts";
import { type IncomingRequest, readRequest, sendAnswer } from "./http-messages.ts";
import type { Route } from "./operations.ts";
import type { PrismAnswer } from "./prism.ts";
import type { RecordedRequest } from "./recorded-requests.ts";
import type { Service } from "./service.ts";

/** The server: it reads requests, lets faults strike, has the service answer, and records what happened. */
export interface MockHttpServer {
  readonly origin: string;
  close(): Promise<void>;
}

/** Responds to the requests that drive a mock; undefined for any other. */
export type Control = (request: IncomingRequest) => Promise<PrismAnswer | undefined>;

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
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve, reject) => {
        closing.abort();
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
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

/** How a request ended: with an answer, or with the end of its connection. */
interface Ending {
  readonly answer: PrismAnswer | undefined;
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
  if (controlled !== undefined) return sendAnswer(response, controlled);
  const route = service.route(request);
  const fault = faults.take(route?.operation);
  const { answer, violations } = await conclude(service, request, route, fault);
  const { target: path, method, headers, body } = request;
  onRequest({
    ...{ method, path, operation: route?.operation, headers, body },
    ...{ violations, fault, status: answer?.status, answer: answer?.body },
  });
  if (fault?.delayMs) await delay(fault.delayMs, undefined, { signal: closing }).catch(() => {});
  if (answer !== undefined) sendAnswer(response, answer);
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
    const answer = await service.answer(request, route);
    const isDropped = fault !== undefined && "commitThenDrop" in fault;
    return { answer: isDropped ? undefined : answer, violations: answer.violations };
  }
  const violations = await service.check(request);
  if ("reset" in fault) return { answer: undefined, violations };
  const { status, retryAfterSeconds, body } = fault;
  const headers = {
    ...(body !== undefined && { "content-type": "application/json" }),
    ...(retryAfterSeconds !== undefined && { "retry-after": String(retryAfterSeconds) }),
  };
  return { answer: { status, headers, body, violations: [] }, violations };
}

import { setTimeout as delay } from "node:timers/promises";
import { checkFunction } from "../wrapper/check-function.ts";
import { type Fault, FaultScripts } from "./fault-scripts.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import type { Route } from "./operations.ts";
import type { RecordedRequest } from "./recorded-requests.ts";
import type { MockResponse } from "./served-document.ts";
import type { Service } from "./service.ts";

/** How a request ended: with a response, or with a connection that is closed or reset. */
export type Ending = { readonly response: MockResponse } | { readonly cut: "closed" | "reset" };

/** Takes requests to the service, whatever brings them: it applies faults, and records what happened. */
export class Exchange {
  /** Every request so far, in the order of their responses. */
  readonly requests: RecordedRequest[] = [];
  readonly faults: FaultScripts;
  readonly #service: Service;
  readonly #onRequest: ((request: RecordedRequest) => void) | undefined;
  readonly #closing = new AbortController();

  /** @throws {ConfigurationError} when `onRequest` is no function. */
  constructor(service: Service, onRequest: ((request: RecordedRequest) => void) | undefined) {
    checkFunction("onRequest", onRequest);
    this.faults = new FaultScripts(service.operations);
    this.#service = service;
    this.#onRequest = onRequest;
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** @param gone Aborted when nobody waits for the response any more. */
  async conclude(request: IncomingRequest, gone: AbortSignal): Promise<Ending> {
    const route = this.#service.route(request);
    const fault = this.faults.take(route?.operation);
    const { response, violations } = await this.#respond(request, route, fault);
    this.#record({
      ...{ method: request.method, path: request.target, operation: route?.operation },
      ...{ headers: request.headers, body: request.body, violations, fault },
      ...{ status: response?.status, responseBody: response?.body },
    });
    if (fault?.delayMs) await this.#hold(fault.delayMs, gone);
    if (response !== undefined) return { response };
    return { cut: fault !== undefined && "reset" in fault ? "reset" : "closed" };
  }

  /** Ends the delays that are under way. */
  close(): void {
    this.#closing.abort();
  }

  async #respond(
    request: IncomingRequest,
    route: Route | undefined,
    fault: Fault | undefined,
  ): Promise<{ readonly response: MockResponse | undefined; readonly violations: readonly string[] }> {
    if (fault === undefined || (fault.status === undefined && fault.reset === undefined)) {
      const response = await this.#service.respond(request, route);
      const isDropped = fault?.commitThenDrop === true;
      return { response: isDropped ? undefined : response, violations: response.violations };
    }
    const violations = await this.#service.check(request);
    if (fault.reset !== undefined) return { response: undefined, violations };
    const { status, retryAfterSeconds, body } = fault;
    const headers = {
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(retryAfterSeconds !== undefined && { "retry-after": String(retryAfterSeconds) }),
    };
    return { response: { status, headers, body, violations: [] }, violations };
  }

  /** Waits, until the mock is closed or nobody waits for it. */
  async #hold(delayMs: number, gone: AbortSignal): Promise<void> {
    const ends = [this.#closing.signal, gone];
    const over = new AbortController();
    const end = (): void => over.abort();
    if (ends.some(({ aborted }) => aborted)) end();
    for (const signal of ends) signal.addEventListener("abort", end, { once: true });
    await delay(delayMs, undefined, { signal: over.signal }).catch(() => {});
    for (const signal of ends) signal.removeEventListener("abort", end);
  }

  #record(request: RecordedRequest): void {
    this.requests.push(request);
    try {
      this.#onRequest?.(request);
    } catch (error) {
      // An assertion of a test. Thrown to the client it would pass for a lost response, and the test with it.
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

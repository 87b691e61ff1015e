import { checkWhole } from "../wrapper/check-whole.ts";
import { ConfigurationError } from "../wrapper/errors.ts";
import { isRecord } from "../wrapper/is-record.ts";
import { maxTimerMs } from "../wrapper/max-timer.ts";

/** How many requests a fault applies to, and how long it takes. */
interface FaultTiming {
  /**
   * How many requests it applies to.
   * @default 1
   */
  readonly times?: number | undefined;
  /**
   * How long to hold back the response, or the end of the connection, in milliseconds.
   * @default 0
   */
  readonly delayMs?: number | undefined;
}

/**
 * Responds with a status, and does not carry out the request.
 *
 * @example
 * ```ts
 * import { createMock, type StatusFault } from "juniper-fulfillment/testing";
 *
 * const fault: StatusFault = { status: 429, retryAfterSeconds: 1, times: 2 };
 * createMock({ stateful: true }).fault("POST /orders", fault);
 * ```
 */
export interface StatusFault extends FaultTiming {
  /** The status of the response, from 200 to 599. */
  readonly status: number;
  /** Sent as the `Retry-After` header, in seconds. */
  readonly retryAfterSeconds?: number | undefined;
  /**
   * Sent as JSON.
   * @default an empty body
   */
  readonly body?: unknown;
}

/**
 * Resets the connection (RST), and does not carry out the request.
 *
 * @example
 * ```ts
 * import { createMock, type ResetFault } from "juniper-fulfillment/testing";
 *
 * const fault: ResetFault = { reset: true };
 * createMock({ stateful: true }).fault("POST /orders", fault);
 * ```
 */
export interface ResetFault extends FaultTiming {
  /** Always true. */
  readonly reset: true;
}

/**
 * Carries out the request, and closes the connection without a response.
 *
 * @example
 * ```ts
 * import { createMock, type CommitThenDropFault } from "juniper-fulfillment/testing";
 *
 * const fault: CommitThenDropFault = { commitThenDrop: true };
 * createMock({ stateful: true }).fault("POST /orders", fault);
 * ```
 */
export interface CommitThenDropFault extends FaultTiming {
  /** Always true. */
  readonly commitThenDrop: true;
}

/**
 * Carries out the request at once, and responds late.
 *
 * @example
 * ```ts
 * import { createMock, type DelayFault } from "juniper-fulfillment/testing";
 *
 * const fault: DelayFault = { delayMs: 500 };
 * createMock({ stateful: true }).fault("POST /orders", fault);
 * ```
 */
export interface DelayFault extends FaultTiming {
  /** How long to hold back the response, in milliseconds. */
  readonly delayMs: number;
}

/**
 * A fault that a request runs into.
 *
 * @example
 * ```ts
 * import { type Fault, startMockServer } from "juniper-fulfillment/testing";
 *
 * const outage: Fault[] = [{ status: 503, times: 2 }, { reset: true }, { commitThenDrop: true }, { delayMs: 500 }];
 * const mock = await startMockServer({ stateful: true });
 * mock.fault("POST /orders", ...outage);
 * await mock.close();
 * ```
 */
export type Fault =
  | (StatusFault & Without<"reset" | "commitThenDrop">)
  | (ResetFault & Without<"status" | "commitThenDrop">)
  | (CommitThenDropFault & Without<"status" | "reset">)
  | (DelayFault & Without<"status" | "reset" | "commitThenDrop">);

/** It strikes in one way. */
type Without<Name extends string> = { readonly [Key in Name]?: never };

const known = ["status", "retryAfterSeconds", "body", "reset", "commitThenDrop", "delayMs", "times"];

/** The faults still to be applied, in order, for each operation. */
export class FaultScripts {
  readonly #operations: readonly string[];
  readonly #scripts = new Map<string, { readonly fault: Fault; left: number }[]>();

  constructor(operations: readonly string[]) {
    this.#operations = operations;
  }

  /** @throws {ConfigurationError} for an unknown operation, and for an invalid fault. */
  add(operation: string, faults: readonly Fault[]): void {
    if (!this.#operations.includes(operation)) {
      throw new ConfigurationError(
        `The mock has no operation "${operation}". It has: ${this.#operations.join(", ")}.`,
      );
    }
    for (const fault of faults) check(fault);
    const script = this.#scripts.get(operation) ?? [];
    script.push(...faults.map((fault) => ({ fault, left: fault.times ?? 1 })));
    this.#scripts.set(operation, script);
  }

  /** Takes the fault for the next request, if there is one. */
  take(operation: string | undefined): Fault | undefined {
    const script = this.#scripts.get(operation ?? "");
    const [next] = script ?? [];
    if (next === undefined) return undefined;
    next.left--;
    if (next.left === 0) script?.shift();
    return next.fault;
  }

  clear(): void {
    this.#scripts.clear();
  }
}

function check(fault: Fault): void {
  if (!isRecord(fault)) throw new ConfigurationError("A fault must be an object, such as { status: 503 }.");
  const keys = Object.keys(fault);
  const kinds = ["status", "reset", "commitThenDrop"].filter((kind) => keys.includes(kind));
  const unknown = keys.find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new ConfigurationError(`A fault has no "${unknown}". It has: ${known.join(", ")}.`);
  }
  if (kinds.length > 1) throw new ConfigurationError(`A fault can't be ${kinds.join(" and ")} at once.`);
  if (kinds.length === 0 && fault.delayMs === undefined) {
    throw new ConfigurationError("A fault needs one of status, reset, commitThenDrop and delayMs.");
  }
  checkWhole("times of a fault", fault.times ?? 1, 1);
  checkWhole("delayMs of a fault", fault.delayMs ?? 0, 0, maxTimerMs);
  for (const name of ["reset", "commitThenDrop"] as const) {
    if (name in fault && fault[name] !== true)
      throw new ConfigurationError(`${name} of a fault must be true.`);
  }
  if (!("status" in fault)) return;
  const { status, retryAfterSeconds, body } = fault as StatusFault;
  checkWhole("status of a fault", status, 200, 599);
  if (retryAfterSeconds !== undefined) checkWhole("retryAfterSeconds of a fault", retryAfterSeconds, 0);
  checkBody(body);
}

function checkBody(body: unknown): void {
  try {
    JSON.stringify(body);
  } catch {
    throw new ConfigurationError("The body of a fault must be something that JSON can express.");
  }
}

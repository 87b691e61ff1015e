import { checkWhole, maxTimerMs } from "../wrapper/check-whole.ts";
import { ConfigurationError } from "../wrapper/errors.ts";

/** How often a fault strikes, and how long it takes. */
interface FaultTiming {
  /**
   * How many requests it strikes.
   * @default 1
   */
  readonly times?: number | undefined;
  /**
   * How long the answer, or the end of the connection, is held back, in milliseconds.
   * @default 0
   */
  readonly delayMs?: number | undefined;
}

/**
 * Answers with a status, and does nothing else of what is asked.
 *
 * @example
 * ```ts
 * import { startMockServer } from "juniper-fulfillment/testing";
 *
 * const mock = await startMockServer({ stateful: true });
 * mock.fault("POST /orders", { status: 503, times: 2 }, { status: 429, retryAfterSeconds: 1 });
 * await mock.close();
 * ```
 */
export interface StatusFault extends FaultTiming {
  /** The status of the answer, from 200 to 599. */
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
 * Resets the connection (RST), and does nothing of what is asked.
 *
 * @example
 * ```ts
 * import { startMockServer } from "juniper-fulfillment/testing";
 *
 * const mock = await startMockServer({ stateful: true });
 * mock.fault("POST /orders", { reset: true });
 * await mock.close();
 * ```
 */
export interface ResetFault extends FaultTiming {
  /** Always true. */
  readonly reset: true;
}

/**
 * Carries out what is asked, and closes the connection without an answer.
 *
 * @example
 * ```ts
 * import { startMockServer } from "juniper-fulfillment/testing";
 *
 * const mock = await startMockServer({ stateful: true });
 * mock.fault("POST /orders", { commitThenDrop: true });
 * await mock.close();
 * ```
 */
export interface CommitThenDropFault extends FaultTiming {
  /** Always true. */
  readonly commitThenDrop: true;
}

/**
 * Carries out what is asked at once, and answers late.
 *
 * @example
 * ```ts
 * import { startMockServer } from "juniper-fulfillment/testing";
 *
 * const mock = await startMockServer({ stateful: true });
 * mock.fault("POST /orders", { delayMs: 5_000 });
 * await mock.close();
 * ```
 */
export interface DelayFault extends FaultTiming {
  /** How long the answer is held back, in milliseconds. */
  readonly delayMs: number;
}

/**
 * Something that goes wrong with a request.
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
export type Fault = StatusFault | ResetFault | CommitThenDropFault | DelayFault;

const known = ["status", "retryAfterSeconds", "body", "reset", "commitThenDrop", "delayMs", "times"];

/** The faults that are to strike, for each operation in their order. */
export class FaultScripts {
  readonly #operations: readonly string[];
  readonly #scripts = new Map<string, { readonly fault: Fault; left: number }[]>();

  constructor(operations: readonly string[]) {
    this.#operations = operations;
  }

  /** @throws {ConfigurationError} for an operation that there is not, and a fault that can't be. */
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

  /** The fault that strikes the next request, if any. */
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
  if ("status" in fault) checkWhole("status of a fault", fault.status, 200, 599);
}

import { signWebhook, type webhookHandler } from "juniper-fulfillment";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";
import type { Timing } from "../../src/wrapper/timing.ts";

/** What an order becomes, and when. */
interface Course {
  readonly id: string;
  /** Milliseconds since 1970, in order, each with the status that the order then has. */
  readonly steps: readonly { readonly atMs: number; readonly status: string }[];
}

interface VendorOptions {
  readonly orders: number;
  /** When the first order is created, in milliseconds since 1970, and over how long the others follow. */
  readonly startMs: number;
  readonly spanMs: number;
  readonly random: () => number;
}

/** A vendor whose orders go their way by a simulated clock, behind a real HTTP server. */
export class SimulatedVendor {
  readonly timing: SimulatedTiming;
  readonly courses: readonly Course[];
  readonly server: ScriptedServer;
  readonly #byId: ReadonlyMap<string, Course>;

  private constructor(timing: SimulatedTiming, courses: readonly Course[], server: ScriptedServer) {
    this.timing = timing;
    this.courses = courses;
    this.server = server;
    this.#byId = new Map(courses.map((course) => [course.id, course]));
    server.script = ({ path }) => this.#respond(path);
  }

  static async start(options: VendorOptions): Promise<SimulatedVendor> {
    const server = await startScriptedServer(() => undefined);
    return new SimulatedVendor(new SimulatedTiming(options.startMs), createCourses(options), server);
  }

  get baseUrl(): string {
    return `${this.server.origin}/v1`;
  }

  /** Sends a webhook for each step when its time comes, but for those that `isLost`. */
  deliverTo(
    handler: ReturnType<typeof webhookHandler>,
    secret: string,
    isLost: (atMs: number) => boolean,
  ): void {
    for (const course of this.courses) {
      for (const { atMs } of course.steps) {
        if (isLost(atMs)) continue;
        this.timing.at(atMs, async () => {
          const { id, ...order } = orderAt(course, atMs) ?? { id: "" };
          const payload = JSON.stringify({ order: { orderId: id, ...order } });
          const signature = await signWebhook({ payload, secret });
          await handler(
            new Request("http://localhost/", {
              method: "POST",
              headers: { "x-juniper-signature": signature },
              body: payload,
            }),
          );
        });
      }
    }
  }

  #respond(path: string): { status?: number; json: unknown } {
    const { pathname, searchParams } = new URL(path, "http://localhost");
    const nowMs = this.timing.wallMs();
    if (pathname !== "/v1/orders") {
      const course = this.#byId.get(pathname.slice("/v1/orders/".length));
      const order = course && orderAt(course, nowMs);
      return order === undefined ? { status: 404, json: {} } : { json: order };
    }
    // The newest first. A cursor names the order that the last page ended with.
    const limit = Number(searchParams.get("limit") ?? 10);
    const after = searchParams.get("cursor");
    let index = after === null ? this.courses.length : Number(after.slice("order-".length));
    const orders: unknown[] = [];
    while (--index >= 0 && orders.length < limit) {
      const order = this.courses[index] && orderAt(this.courses[index] as Course, nowMs);
      if (order !== undefined) orders.push(order);
    }
    const last = orders.at(-1) as { id: string } | undefined;
    return { json: { orders, cursor: index < 0 ? null : (last?.id ?? null) } };
  }
}

/** A clock that goes on at once to where a sleeper wants it, by way of everything that is due before. */
export class SimulatedTiming implements Timing {
  #nowMs: number;
  /** What is to happen, the last first once it is in order. */
  readonly #planned: { atMs: number; run: () => Promise<void> }[] = [];
  #isInOrder = true;

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#nowMs;
  }

  random(): number {
    return 0.5;
  }

  at(atMs: number, run: () => Promise<void>): void {
    this.#planned.push({ atMs, run });
    this.#isInOrder = false;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      await next.run();
    }
    this.#nowMs = endMs;
    signal?.throwIfAborted();
  }

  /** Takes the next thing that is to happen until then. */
  #next(endMs: number): { atMs: number; run: () => Promise<void> } | undefined {
    if (!this.#isInOrder) this.#planned.sort((a, b) => b.atMs - a.atMs);
    this.#isInOrder = true;
    return (this.#planned.at(-1)?.atMs ?? Number.POSITIVE_INFINITY) <= endMs
      ? this.#planned.pop()
      : undefined;
  }
}

const minuteMs = 60_000;

function createCourses({ orders, startMs, spanMs, random }: VendorOptions): Course[] {
  const createdAt = Array.from({ length: orders }, () => startMs + Math.floor(random() * spanMs)).sort(
    (a, b) => a - b,
  );
  return createdAt.map((createdMs, index) => {
    const statuses =
      random() < 0.1
        ? ["PROCESSING", "CANCELLED"]
        : ["PROCESSING", "FULFILLED", "AWAITING_SHIPMENT", "SHIPPED"];
    let atMs = createdMs;
    const steps = statuses.map((status) => {
      atMs += 1 + Math.floor(random() * 90 * minuteMs);
      return { atMs, status };
    });
    return { id: `order-${index}`, steps: [{ atMs: createdMs, status: "CREATED" }, ...steps] };
  });
}

/** The order as it is at a time; undefined before it is created. */
function orderAt({ id, steps }: Course, nowMs: number): { id: string } | undefined {
  const [first] = steps;
  const current = steps.findLast(({ atMs }) => atMs <= nowMs);
  if (first === undefined || current === undefined) return undefined;
  const iso = (ms: number): string => new Date(ms).toISOString();
  const order = { id, status: current.status, createdAt: iso(first.atMs), updatedAt: iso(current.atMs) };
  return current.status === "SHIPPED"
    ? ({ ...order, fulfillmentInfo: { carrier: "UPS", trackingNumber: `1Z${id}` } } as typeof order)
    : order;
}

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { startOrderBackend } from "../order-backend.ts";
import { Host, hurry, ip } from "./network.ts";

type Question =
  | { readonly number: number; readonly ask: "ip"; readonly lines: readonly string[] }
  | { readonly number: number; readonly ask: "hold" | "orders"; readonly world: string };

type Message =
  | { readonly port: number }
  | { readonly number: number; readonly orders: StoredOrders }
  | { /** In which an order was stored. */ readonly stored: string };

type StoredOrders = readonly { readonly id: string; readonly call: string }[];

/** The process of all hosts, in a network namespace of its own. */
export async function serveHosts(): Promise<void> {
  // A connection has to last until it is this host's turn to vanish.
  const backend = await startOrderBackend("0.0.0.0", 120_000);
  const tell = (message: Message): void => void process.send?.(message);
  process.on("message", (question: Question) => {
    const { number } = question;
    let orders: StoredOrders = [];
    if (question.ask === "ip") ip(question.lines);
    else {
      const world = backend.world(question.world);
      orders = world.orders.map(({ id }) => ({ id, call: world.callOf.get(id) ?? "" }));
      if (question.ask === "hold") {
        world.beforeResponse = () => {
          world.beforeResponse = async () => {};
          tell({ stored: question.world });
          // Nobody is left to respond to.
          return new Promise(() => {});
        };
      }
    }
    tell({ number, orders });
  });
  process.on("disconnect", () => process.exit());
  tell({ port: Number(new URL(backend.origin).port) });
}

/** The hosts as the clients' process knows them, each with a cable of its own. */
export class Hosts {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, (orders: StoredOrders) => void>();
  readonly #stored = new Map<string, () => void>();
  #asked = 0;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
    child.on("message", (message: Message) => {
      if ("stored" in message) this.#stored.get(message.stored)?.();
      else if ("number" in message) this.#answers.get(message.number)?.(message.orders);
    });
  }

  /** @param script The file of this program, and the words that make it serve. */
  static async start(script: readonly string[]): Promise<Hosts> {
    const args = ["--net", process.execPath, ...process.execArgv, ...script];
    const child = spawn("unshare", args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const [{ port }] = (await once(child, "message")) as [{ port: number }];
    return new Hosts(child, port);
  }

  /** Connects all at once: one by one it takes so long that connections are idle for too long. */
  async connect(count: number): Promise<Host[]> {
    const hosts = Array.from({ length: count }, (_, number) => new Host(number));
    ip(hosts.flatMap((host) => host.laying(this.#child.pid as number)));
    for (const { near } of hosts) hurry(near);
    await this.ip(hosts.flatMap(({ farEnd }) => farEnd));
    return hosts;
  }

  /** Runs commands at the hosts' end. */
  async ip(lines: readonly string[]): Promise<void> {
    if (lines.length > 0) await this.#ask({ ask: "ip", lines });
  }

  /** Lets the next order of a world be stored and never be responded to. */
  async hold(world: string, onStored: () => void): Promise<void> {
    this.#stored.set(world, onStored);
    await this.#ask({ ask: "hold", world });
  }

  orders(world: string): Promise<StoredOrders> {
    return this.#ask({ ask: "orders", world });
  }

  #ask(question: { ask: "ip"; lines: readonly string[] } | { ask: "hold" | "orders"; world: string }) {
    const number = ++this.#asked;
    return new Promise<StoredOrders>((resolve) => {
      this.#answers.set(number, resolve);
      this.#child.send({ ...question, number });
    });
  }

  close(): void {
    this.#child.disconnect();
  }
}

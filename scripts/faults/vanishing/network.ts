import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";

/** Runs commands of iproute2 in the namespace of this process. */
export function ip(lines: readonly string[]): void {
  if (lines.length > 0) execFileSync("ip", ["-batch", "-"], { input: lines.join("\n"), stdio: "pipe" });
}

/** Gives up on a connection after about a second and a half, and on a neighbor after a fifth of a second. */
export function hurry(device: string): void {
  const set = (name: string, value: number): void => writeFileSync(`/proc/sys/net/ipv4/${name}`, `${value}`);
  set("tcp_retries2", 2);
  set("tcp_syn_retries", 1);
  set(`neigh/${device}/retrans_time_ms`, 60);
}

/** A host at the other end of a cable of its own. The addresses are those that RFC 2544 keeps for tests. */
export class Host {
  readonly address: string;
  readonly near: string;
  readonly far: string;
  readonly #own: string;

  constructor(number: number) {
    this.address = `198.18.${number}.2`;
    this.#own = `198.18.${number}.1`;
    this.near = `near${number}`;
    this.far = `far${number}`;
  }

  /** What connects it: here, once the far end of the cable was given away, and there. */
  laying(pid: number): readonly string[] {
    const { near, far } = this;
    return [
      `link add ${near} type veth peer name ${far}`,
      `addr add ${this.#own}/24 dev ${near}`,
      `link set ${near} up`,
      `link set ${far} netns ${pid}`,
    ];
  }

  get farEnd(): readonly string[] {
    return [`addr add ${this.address}/24 dev ${this.far}`, `link set ${this.far} up`];
  }

  /** What the host does so that nobody hears of it any more: neither a response, nor that a request has arrived. */
  get muting(): readonly string[] {
    return [`neigh replace ${this.#own} lladdr 02:00:00:00:00:99 dev ${this.far} nud permanent`];
  }

  vanishing(way: Way): Change {
    return ways[way](this);
  }

  /** What undoes all of it, but for what {@link vanishing} says. */
  get unmuting(): readonly string[] {
    return [`neigh flush dev ${this.far} nud permanent`];
  }
}

/** Commands for this end and for the other one. */
interface Ends {
  readonly here?: readonly string[];
  readonly there?: readonly string[];
}

export interface Change {
  readonly gone: Ends;
  readonly back: Ends;
}

/** How a host can vanish from the network, without a word to those who are connected to it. */
const ways = {
  "its address is gone": ({ address, far, near }) => ({
    gone: { there: [`addr del ${address}/24 dev ${far}`], here: [`neigh flush dev ${near}`] },
    back: { there: [`addr add ${address}/24 dev ${far}`], here: [`neigh flush dev ${near}`] },
  }),
  "its cable is cut": ({ far }) => ({
    gone: { there: [`link set ${far} down`] },
    back: { there: [`link set ${far} up`] },
  }),
  "packets get lost": ({ address, near }) => ({
    gone: { here: [`neigh replace ${address} lladdr 02:00:00:00:00:98 dev ${near} nud permanent`] },
    back: { here: [`neigh del ${address} dev ${near}`] },
  }),
  "the route is unreachable": ({ address }) => ({
    gone: { here: [`route add unreachable ${address}/32`] },
    back: { here: [`route del unreachable ${address}/32`] },
  }),
  "our own interface is down": ({ near }) => ({
    gone: { here: [`link set ${near} down`] },
    back: { here: [`link set ${near} up`] },
  }),
} satisfies Record<string, (host: Host) => Change>;

export type Way = keyof typeof ways;
export const allWays = Object.keys(ways) as readonly Way[];

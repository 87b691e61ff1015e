import { once } from "node:events";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";

export interface TcpProxy {
  readonly port: number;
  /** Breaks every connection once a request has gone through, in place of the first reply that comes now. */
  loseNextReply(): void;
  /** Whether a reply that was to be lost still is. */
  readonly isLosing: boolean;
  /** Lets nothing through in either direction, and keeps the connections. */
  isStuck: boolean;
  /** Breaks all connections, and accepts none until `mend`. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** A link to a server that can be broken in the ways in which links break. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isLosing = false;
  let isCut = false;
  let isStuck = false;
  const breakAll = (): void => {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
    pairs.clear();
  };
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = createConnection(targetPort, "127.0.0.1");
    const pair = [near, far] as const;
    pairs.add(pair);
    near.on("data", (bytes) => {
      if (!isStuck) far.write(bytes);
    });
    far.on("data", (bytes) => {
      if (isStuck) return;
      if (!isLosing) return void near.write(bytes);
      isLosing = false;
      breakAll();
    });
    for (const socket of pair) {
      socket.on("error", () => {});
      socket.on("close", () => {
        pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    loseNextReply: () => {
      isLosing = true;
    },
    get isLosing() {
      return isLosing;
    },
    get isStuck() {
      return isStuck;
    },
    set isStuck(value) {
      isStuck = value;
      // What was swallowed can't be made up for.
      if (!value) breakAll();
    },
    cut: () => {
      isCut = true;
      breakAll();
    },
    mend: () => {
      isCut = false;
    },
    close: async () => {
      breakAll();
      server.close();
      await once(server, "close");
    },
  };
}

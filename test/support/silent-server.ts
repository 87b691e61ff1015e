import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

export interface SilentServer {
  /** As a Redis. */
  readonly redis: string;
  /** As a PostgreSQL. */
  readonly postgres: string;
  close(): void;
}

/** "You are in", and "I am ready", in the protocol of PostgreSQL. */
const welcome = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]);

/** A server that lets everybody in and then says nothing more, as one that is frozen or behind a firewall that drops. */
export async function startSilentServer(): Promise<SilentServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", (bytes) => {
      // A PostgreSQL is asked with the length of what follows, and a Redis with an asterisk.
      if (bytes[0] === 0) socket.write(welcome);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    redis: `redis://127.0.0.1:${port}`,
    postgres: `postgres://u@127.0.0.1:${port}/d`,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Lets the long timers of a command run 20 times as fast. */
export const hurry: Readonly<Record<string, string>> = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
    "const wait = setTimeout; globalThis.setTimeout = (run, ms, ...more) => wait(run, ms > 9000 ? ms / 20 : ms, ...more);",
  )}`,
};

import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** An API whose connections break in the middle of an order, and which counts what arrived all the same. */
export interface BreakingServer {
  /** Its base URL is this, and the name of one of {@link breaks}. */
  readonly origin: string;
  /** How many orders arrived, by the path that they were sent to. */
  readonly orders: ReadonlyMap<string, number>;
  close(): void;
}

/** What becomes of the connection once an order has arrived, by name. */
const breaks: Readonly<Record<string, (socket: Socket) => void>> = {
  reset: (socket) => socket.resetAndDestroy(),
  fin: (socket) => socket.end(),
  "half-head": (socket) => socket.end("HTTP/1.1 201 Crea"),
  "half-body": (socket) =>
    socket.end("HTTP/1.1 201 Created\r\naccess-control-allow-origin: *\r\ncontent-length: 99\r\n\r\n{"),
  // The order is stored and confirmed, and the idle connection closed a little later, as many servers do.
  idle: (socket) => {
    socket.write(response("201 Created", '{"id":"o-1"}'));
    setTimeout(() => socket.destroy(), idleMs);
  },
};

const idleMs = 5;

const allowed = ["origin: *", "headers: authorization, content-type", "methods: GET, POST"]
  .map((line) => `access-control-allow-${line}\r\n`)
  .join("");

const response = (status: string, body: string): string =>
  `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\n${allowed}content-length: ${body.length}\r\n\r\n${body}`;

/** Starts it. Any other request gets a response, so that its connection can be reused. */
export async function startBreakingServer(): Promise<BreakingServer> {
  const orders = new Map<string, number>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}).on("close", () => sockets.delete(socket)));
    let received = "";
    socket.on("data", (data) => {
      received += data.toString("latin1");
      const request = readRequest(received);
      if (request === undefined) return;
      received = "";
      const { method, path } = request;
      const act = method === "POST" ? breaks[path.split("/")[1] ?? ""] : undefined;
      if (act === undefined) {
        socket.write(response("200 OK", "[]"));
        return;
      }
      orders.set(path, (orders.get(path) ?? 0) + 1);
      act(socket);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    orders,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The request that has arrived in full, with a length or in chunks. Undefined while some of it is missing. */
function readRequest(received: string): { method: string; path: string } | undefined {
  const headEnd = received.indexOf("\r\n\r\n");
  if (headEnd === -1) return undefined;
  const head = received.slice(0, headEnd);
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  const isWhole = /^transfer-encoding: *chunked/im.test(head)
    ? received.endsWith("0\r\n\r\n")
    : received.length >= headEnd + 4 + length;
  const [method = "", path = ""] = head.split(" ");
  return isWhole ? { method, path } : undefined;
}

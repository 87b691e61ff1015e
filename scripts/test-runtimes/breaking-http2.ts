import { type RawHttp2Connection, startRawHttp2Server } from "../samples/raw-http2-server.ts";

/** An API over HTTP/2 that breaks off when an order has arrived, and counts what arrived all the same. */
export interface BreakingHttp2 {
  readonly origin: string;
  /** Its certificate, which no authority has signed. */
  readonly ca: string;
  /** How many orders arrived. */
  orders(): number;
  close(): void;
}

const internalError = 2;

/** What becomes of an order's stream, by turns: every way for an order on a new connection and on a used one. */
const breaks: readonly ((connection: RawHttp2Connection, stream: number) => void)[] = [
  // No further stream is taken, and the connection goes before this one has a response.
  (connection, stream) => connection.goaway(stream).socket.end(),
  (connection, stream) => connection.goaway(stream, internalError).socket.destroy(),
  (connection, stream) => connection.reset(stream, internalError),
  (connection, stream) => connection.headers(stream, { ":status": "201" }).socket.destroy(),
];

/** Starts it. Any other request gets an empty list, so that its connection can be used again. */
export async function startBreakingHttp2(): Promise<BreakingHttp2> {
  let orders = 0;
  const server = await startRawHttp2Server((connection, stream, _number, hasBody) => {
    if (hasBody) breaks[Math.floor(orders++ / 2) % breaks.length]?.(connection, stream);
    else
      connection
        .headers(stream, { ":status": "200", "content-type": "application/json" })
        .data(stream, "[]", 1);
  });
  return {
    origin: server.origin,
    ca: server.ca.toString(),
    orders: () => orders,
    close: () => server.close(),
  };
}

import { readFileSync } from "node:fs";
import type { AddressInfo, Socket } from "node:net";
import { createServer, type TLSSocket } from "node:tls";

const fixture = (name: string): Buffer =>
  readFileSync(new URL(`../../test/fixtures/tls/${name}`, import.meta.url));

/** The types of frames that are used here (RFC 9113, section 6). */
export const frameTypes = {
  ...{ data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7, windowUpdate: 8 },
} as const;

export const endStream = 1;
const endHeaders = 4;
const ack = 1;

/** One connection to the server, and the frames to respond with. */
export class RawHttp2Connection {
  readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  /** Writes a frame as it is (RFC 9113, section 4.1). */
  frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): this {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head.writeUInt8(type, 3);
    head.writeUInt8(flags, 4);
    head.writeUInt32BE(stream, 5);
    if (!this.socket.destroyed) this.socket.write(Buffer.concat([head, payload]));
    return this;
  }

  /** Writes headers, none of which is compressed (RFC 7541, section 6.2.2). */
  headers(stream: number, fields: Readonly<Record<string, string>>, flags = 0): this {
    const block = Object.entries(fields).flatMap(([name, value]) => [
      ...[Buffer.from([0, name.length]), Buffer.from(name)],
      ...[Buffer.from([value.length]), Buffer.from(value)],
    ]);
    return this.frame(frameTypes.headers, endHeaders | flags, stream, Buffer.concat(block));
  }

  data(stream: number, body: string, flags = 0): this {
    return this.frame(frameTypes.data, flags, stream, Buffer.from(body));
  }

  /** Ends a stream early (RFC 9113, section 6.4). */
  reset(stream: number, code: number): this {
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(code);
    return this.frame(frameTypes.reset, 0, stream, payload);
  }

  /** Says that no stream after `lastStream` will be handled (RFC 9113, section 6.8). */
  goaway(lastStream: number, code = 0): this {
    const payload = Buffer.alloc(8);
    payload.writeUInt32BE(lastStream);
    payload.writeUInt32BE(code, 4);
    return this.frame(frameTypes.goaway, 0, 0, payload);
  }
}

export interface RawHttp2Server {
  readonly origin: string;
  /** The certificate, which no authority has signed. */
  readonly ca: Buffer;
  readonly connections: readonly RawHttp2Connection[];
  close(): void;
}

/** What is to become of a request that has arrived in full. */
export type OnRequest = (
  connection: RawHttp2Connection,
  stream: number,
  /** The how manieth it is on any connection, from 1 on. */
  number: number,
  hasBody: boolean,
) => void;

/**
 * An HTTP/2 server that writes its frames itself, since Node's ends a stream properly before it breaks it. It
 * acknowledges settings and pings, and reads of a request only where it ends.
 */
export async function startRawHttp2Server(onRequest: OnRequest): Promise<RawHttp2Server> {
  const tls = { key: fixture("key.pem"), cert: fixture("cert.pem") };
  const connections: RawHttp2Connection[] = [];
  let requests = 0;
  const accept = (socket: TLSSocket): void => {
    const connection = new RawHttp2Connection(socket.on("error", () => {}));
    connections.push(connection);
    connection.frame(frameTypes.settings, 0, 0);
    let bytes: Buffer = Buffer.alloc(0);
    let isPrefaced = false;
    socket.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (!isPrefaced && bytes.length < 24) return;
      if (!isPrefaced) bytes = bytes.subarray(24);
      isPrefaced = true;
      for (;;) {
        if (bytes.length < 9) return;
        const length = bytes.readUIntBE(0, 3);
        const [type = 0, flags = 0] = bytes.subarray(3, 5);
        const stream = bytes.readUInt32BE(5);
        if (bytes.length < 9 + length) return;
        const payload = bytes.subarray(9, 9 + length);
        bytes = bytes.subarray(9 + length);
        if (type === frameTypes.settings && (flags & ack) === 0) connection.frame(type, ack, 0);
        if (type === frameTypes.ping && (flags & ack) === 0) connection.frame(type, ack, 0, payload);
        const mayEnd = type === frameTypes.headers || type === frameTypes.data;
        if (mayEnd && (flags & endStream) !== 0)
          onRequest(connection, stream, ++requests, type === frameTypes.data);
      }
    });
  };
  const server = createServer({ ...tls, ALPNProtocols: ["h2"] }, accept);
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `https://localhost:${(server.address() as AddressInfo).port}`,
    ca: tls.cert,
    connections,
    close: () => {
      server.close();
      for (const { socket } of connections) socket.destroy();
    },
  };
}

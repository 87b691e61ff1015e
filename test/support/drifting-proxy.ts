import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface DriftingProxy {
  readonly origin: string;
  /** Changes each JSON answer on its way, told the path of the request. */
  drift: (answer: never, path: string) => unknown;
  close(): Promise<void>;
}

/** A server that hands requests on to another, and changes what comes back. */
export async function startDriftingProxy(target: string): Promise<DriftingProxy> {
  const proxy: DriftingProxy = {
    origin: "",
    drift: (answer) => answer,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { method = "GET", url = "/", headers } = incoming;
    const { authorization = "", "content-type": type = "" } = headers;
    const body = chunks.length > 0 ? { body: Buffer.concat(chunks) } : {};
    const answer = await fetch(new URL(url, target), {
      method,
      headers: { authorization, ...(type && { "content-type": type }) },
      ...body,
    });
    const text = await answer.text();
    const changed = text === "" ? undefined : proxy.drift(JSON.parse(text) as never, url);
    outgoing.writeHead(answer.status, { "content-type": "application/json" });
    outgoing.end(changed === undefined ? "" : JSON.stringify(changed));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(proxy, { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

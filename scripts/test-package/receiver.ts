import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { verifyWebhook } from "juniper-fulfillment";

/** A webhook receiver on this machine. It refuses what is not signed with its secret. */
export interface Receiver {
  readonly port: number;
  readonly secret: string;
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const secret = "a secret of the receiver's";
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const signature = String(request.headers["x-juniper-signature"]);
    const verified = verifyWebhook({ payload: Buffer.concat(chunks), signature, secret });
    const status = await verified.then(
      () => 204,
      () => 400,
    );
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    secret,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

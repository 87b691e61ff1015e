import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ScriptedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** 1 for the first request to this server. */
  readonly number: number;
}

/** What the server does with a request: a plain response, or anything that a response can be made to do. */
export type Script = (
  request: ScriptedRequest,
  response: ServerResponse,
) =>
  | { status?: number; headers?: Record<string, string>; json?: unknown; text?: string }
  | undefined
  | Promise<undefined>;

export interface ScriptedServer {
  readonly origin: string;
  readonly requests: ScriptedRequest[];
  script: Script;
  close(): Promise<void>;
}

/** A real HTTP server on this machine every response of which the test decides. */
export async function startScriptedServer(script: Script): Promise<ScriptedServer> {
  const requests: ScriptedRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { method = "", url: path = "", headers } = incoming;
    const body = Buffer.concat(chunks).toString();
    const request = { method, path, headers, body, number: requests.length + 1 };
    requests.push(request);
    const scriptedResponse = await scripted.script(request, response);
    if (scriptedResponse === undefined) return;
    const { status = 200, json, text = json === undefined ? "" : JSON.stringify(json) } = scriptedResponse;
    const type = json === undefined ? {} : { "content-type": "application/json" };
    response.writeHead(status, { ...type, ...scriptedResponse.headers }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const scripted: ScriptedServer = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    script,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return scripted;
}

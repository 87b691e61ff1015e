import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ConfigurationError } from "juniper-fulfillment";
import { connectMock } from "juniper-fulfillment/testing";
import { afterEach, expect, test } from "vitest";

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.each([
  ["text/html", "<html>a page</html>"],
  ["application/json", "{}"],
  ["application/json", '{"baseUrl":"http://127.0.0.1:9"}'],
  ["application/json", "null"],
])("a server that is no mock is not taken for one: %s %s", async (type, body) => {
  const url = await serve((_request, response) => response.setHeader("content-type", type).end(body));
  await expect(connectMock(url)).rejects.toThrow(
    new ConfigurationError("What listens there is no mock, or can't be driven. Start it with --control."),
  );
});

test("a server that says nothing is not waited for without end", async () => {
  const url = await serve(() => {});
  await expect(connectMock(url)).rejects.toThrow(ConfigurationError);
});

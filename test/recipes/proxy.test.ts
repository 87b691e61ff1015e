import { once } from "node:events";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { openRecipe } from "../support/recipes.ts";

// Programs are started, on machines that have other work too.

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

describe("a proxy with its own CA", () => {
  const tls = (name: string): Buffer => readFileSync(join(projectRoot, "test/fixtures/tls", name));
  const certificate = join(projectRoot, "test/fixtures/tls/cert.pem");

  async function listen(server: Server): Promise<number> {
    servers.push(
      server.on("connection", (socket: Socket) => void sockets.push(socket.on("error", () => {}))),
    );
    await once(server.listen(0, "127.0.0.1"), "listening");
    return (server.address() as AddressInfo).port;
  }

  /** Opens a tunnel for each CONNECT. */
  function tunnel(socket: Socket): void {
    socket.once("data", (data) => {
      const [, port] = /^CONNECT \S+:(\d+) /.exec(String(data)) ?? [];
      const target = connect(Number(port), "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        socket.pipe(target).pipe(socket);
      });
      target.on("error", () => socket.destroy());
    });
  }

  /** Runs a program behind the proxy, and returns what it prints: the name of the error, if there is one. */
  async function printed(env: Record<string, string>, client: string): Promise<string> {
    const recipe = await openRecipe("proxy-with-its-own-ca.md");
    const identity = { key: tls("key.pem"), cert: tls("cert.pem") };
    const api = await listen(createHttpsServer(identity, (_, response) => void response.end("[]")));
    const proxy = await listen(createServer(tunnel));
    const program = `
      import { createFulfillmentClient } from "juniper-fulfillment";
      import { createClientBehindProxy } from "./behind-proxy.ts";
      const options = { accessToken: "t", baseUrl: "https://localhost:${api}", maxRetries: 0 };
      const client = ${client};
      const said = await client.GET("/shipping-methods").then(({ data }) => data, (error) => [error.name, error.maybeSent]);
      console.log(JSON.stringify(said));`;
    await writeFile(join(recipe.folder, "program.ts"), program);
    const none = { HTTP_PROXY: "", http_proxy: "", https_proxy: "", NO_PROXY: "", no_proxy: "" };
    const { stdout, stderr } = await recipe.run(["program.ts"], {
      ...none,
      HTTPS_PROXY: `http://127.0.0.1:${proxy}`,
      ...env,
    });
    return stdout + stderr;
  }

  test("is trusted by a client that is given the CA", async () => {
    const client = `createClientBehindProxy(options, ${JSON.stringify(certificate)})`;
    expect(await printed({}, client)).toBe("[]\n");
  });

  test("is trusted by a process that is given the CA", async () => {
    expect(await printed({ NODE_EXTRA_CA_CERTS: certificate }, "createFulfillmentClient(options)")).toBe(
      "[]\n",
    );
  });

  test("is not trusted otherwise, and nothing was sent", async () => {
    expect(await printed({}, "createFulfillmentClient(options)")).toBe('["ConnectionError",false]\n');
  });
});

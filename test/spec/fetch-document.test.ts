import { createServer as createSocketServer, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Script,
  type ScriptedServer,
  startScriptedServer,
} from "../../scripts/samples/scripted-server.ts";
import { decode, type FetchLimits, fetchDocument, locate } from "../../scripts/spec/fetch-document.ts";

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScriptedServer(() => ({ text: "openapi: 3.1.0" }));
});
afterAll(() => server.close());

async function refusal(script: Script, limits?: FetchLimits): Promise<string> {
  server.script = script;
  return fetchDocument(new URL(`${server.origin}/index.yaml`), limits).then(
    () => "it was taken",
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

describe("a document that can't be had is refused with the reason", () => {
  test("a 404", async () => {
    expect(await refusal(() => ({ status: 404, text: "openapi: 3.1.0" }))).toMatch(
      /^SpecError: .*\/index\.yaml sends 404 and not 200/,
    );
  });

  test("a redirect, with where it leads, which is not followed", async () => {
    const before = server.requests.length;
    const message = await refusal(() => ({ status: 302, headers: { location: "/elsewhere.yaml" } }));
    expect(message).toMatch(/sends 302 and points to http:\/\/127\.0\.0\.1:\d+\/elsewhere\.yaml/);
    expect(message).toContain("--from http://");
    expect(server.requests.length).toBe(before + 1);
  });

  test("a response that never begins", async () => {
    expect(await refusal(() => undefined, { timeoutMs: 200 })).toMatch(
      /did not respond in full within 0\.2 s/,
    );
  });

  test("a response that never ends, by its time", async () => {
    const message = await refusal(
      (_request, response) => {
        response.write("openapi: 3.1.0\n");
        return undefined;
      },
      { timeoutMs: 300 },
    );
    expect(message).toMatch(/did not respond in full within 0\.3 s/);
  });

  test("a response that never ends, by its size, long before its time is up", async () => {
    const message = await refusal(
      (_request, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write("x".repeat(65_536)));
          if (!response.destroyed) response.once("drain", more);
        };
        more();
        return undefined;
      },
      { maxBytes: 2 ** 20 },
    );
    expect(message).toMatch(/is larger than 1 MiB/);
  });

  test("a small answer that unpacks to a large one", async () => {
    const packed = gzipSync(Buffer.alloc(4 * 2 ** 20));
    expect(packed.byteLength).toBeLessThan(2 ** 14);
    const message = await refusal(
      (_request, response) => {
        response.writeHead(200, { "content-encoding": "gzip" }).end(packed);
        return undefined;
      },
      { maxBytes: 2 ** 20 },
    );
    expect(message).toMatch(/is larger than 1 MiB/);
  });

  test("a response that breaks off", async () => {
    const message = await refusal((_request, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("openapi: 3.1.0", () => response.destroy());
      return undefined;
    });
    expect(message).toMatch(/broke off in the middle of its response/);
  });

  test("a server that hangs up without a word", async () => {
    const sockets = createSocketServer((socket: Socket) => socket.destroy());
    await new Promise<void>((resolve) => sockets.listen(0, "127.0.0.1", resolve));
    const address = sockets.address();
    const port = typeof address === "object" ? address?.port : 0;
    await expect(fetchDocument(new URL(`http://127.0.0.1:${port}/`))).rejects.toThrow(
      /can't be reached \(UND_ERR_SOCKET\)/,
    );
    sockets.close();
  });

  test("no server at all", async () => {
    const gone = await startScriptedServer(() => ({}));
    await gone.close();
    await expect(fetchDocument(new URL(`${gone.origin}/index.yaml`))).rejects.toThrow(
      /index\.yaml can't be reached \(ECONNREFUSED\)/,
    );
  });

  test("an address that is not https", async () => {
    await expect(fetchDocument(new URL("http://api.example.com/index.yaml"))).rejects.toThrow(/is not https/);
  });

  test("a file that is not there", async () => {
    await expect(fetchDocument(locate("nowhere.yaml"))).rejects.toThrow(
      /nowhere\.yaml can't be read: ENOENT/,
    );
  });

  test("bytes that are not text", () => {
    expect(() => decode(Uint8Array.of(0x66, 0xff, 0xfe), "index.yaml")).toThrow(
      "index.yaml is not text in UTF-8",
    );
  });
});

describe("a document that can be had", () => {
  test("is asked for only if it is newer, when something is known of the one that is here", async () => {
    server.script = ({ headers }) =>
      headers["if-none-match"] === '"1"' && headers["if-modified-since"] === "Thu, 01 Jan 2026 00:00:00 GMT"
        ? { status: 304 }
        : {
            text: "openapi: 3.1.0",
            headers: { etag: '"1"', "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT" },
          };
    const first = await fetchDocument(new URL(server.origin));
    if (first.status !== "received") throw new Error("It was not received.");
    expect(decode(first.bytes, "it")).toBe("openapi: 3.1.0");
    expect(await fetchDocument(new URL(server.origin), {}, first.validators)).toEqual({
      status: "unchanged",
    });
  });

  test("loses its byte order mark and its carriage returns", () => {
    expect(decode(Buffer.from("\uFEFFa: 1\r\nb: 2\r\n"), "it")).toBe("a: 1\nb: 2\n");
  });
});

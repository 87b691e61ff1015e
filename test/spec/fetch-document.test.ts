import { createServer as createSocketServer, type Socket } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { projectRoot } from "../../scripts/package/project-root.ts";
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

  test("a compressed document that breaks off, however whole what is there looks", async () => {
    const packed = gzipSync("openapi: 3.1.0\n".repeat(10_000));
    const script = (bytes: Buffer): Script => {
      return (_request, response) => {
        response.writeHead(200, { "content-encoding": "gzip" }).end(bytes);
        return undefined;
      };
    };
    expect(await refusal(script(packed))).toBe("it was taken");
    const withoutItsSum = await refusal(script(packed.subarray(0, -8)));
    expect(withoutItsSum).toMatch(/^SpecError: .* broke off in the middle of its response/);
    expect(await refusal(script(packed.subarray(0, 100)))).toBe(withoutItsSum);
  });

  test("a document that is packed in another way than was asked for", async () => {
    const message = await refusal(() => ({ text: "openapi: 3.1.0", headers: { "content-encoding": "br" } }));
    expect(message).toMatch(/^SpecError: .* sends its document as br, which was not asked for\.$/);
  });

  test("an address with a signature, which no message repeats", async () => {
    const signed = (path: string): Promise<string> =>
      fetchDocument(new URL(path, server.origin)).then(String, ({ message }: Error) => message);
    server.script = () => ({ status: 302, headers: { location: "/moved.yaml?signature=SECRET" } });
    const moved = await signed("/index.yaml?signature=SECRET");
    expect(moved).toMatch(/\/index\.yaml sends 302 and points to .*\/moved\.yaml\. Its query isn't shown\./);
    server.script = () => ({ status: 403 });
    const refused = await signed("/index.yaml?signature=SECRET");
    const unsafe = await signed("http://user:SECRET@example.com/index.yaml?signature=SECRET");
    expect(refused).toContain("sends 403");
    expect(unsafe).toContain("http://example.com/index.yaml is not https");
    expect([moved, refused, unsafe].join()).not.toContain("SECRET");
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

  test("is found at the address of a file", async () => {
    const path = join(projectRoot, "test/fixtures/spec/another-api.yaml");
    const { href } = pathToFileURL(path);
    expect(locate(href)).toEqual(locate(path));
    expect((await fetchDocument(locate(href))).status).toBe("received");
    await expect(fetchDocument(locate("file://elsewhere/index.yaml"))).rejects.toThrow(
      /^file:\/\/elsewhere\/index\.yaml can't be read: ERR_INVALID_FILE_URL_HOST\.$/,
    );
  });

  test("loses its byte order mark and its carriage returns", () => {
    expect(decode(Buffer.from("\uFEFFa: 1\r\nb: 2\r\n"), "it")).toBe("a: 1\nb: 2\n");
  });
});

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
};

export interface ServedSite {
  readonly address: string;
  close(): void;
}

/** Serves a built site on this machine, below `base`. */
export async function serveSite(folder: string, base: string): Promise<ServedSite> {
  const server = createServer(async (request, response) => {
    // The parser has resolved every "..", so a path can't leave the folder.
    const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
    const path = decodeURIComponent(pathname).replace(/\/$/, "/index.html");
    const isBelow = path.startsWith(base) && !path.includes("..");
    const file = isBelow ? join(folder, path.slice(base.length)) : join(folder, "404.html");
    const content = await readFile(file).catch(() => undefined);
    const found = isBelow && content !== undefined;
    const body = content ?? (await readFile(join(folder, "404.html")));
    const type = found ? (types[extname(file)] ?? "text/plain") : "text/html";
    response.writeHead(found ? 200 : 404, { "content-type": `${type}; charset=utf-8` }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  return { address: `http://127.0.0.1:${address.port}${base}`, close: () => server.close() };
}

import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { bundleEntry } from "./bundle.ts";
import type { ScenarioOptions, ScenarioReport } from "./scenario.ts";

/** As much of playwright-core as is called here. It is installed with the runtimes, not with the project. */
interface Playwright {
  readonly chromium: {
    launch(options: { executablePath: string; args: string[] }): Promise<{
      newPage(): Promise<{
        goto(url: string): Promise<unknown>;
        evaluate<Argument, Result>(
          run: (argument: Argument) => Promise<Result>,
          argument: Argument,
        ): Promise<Result>;
      }>;
      close(): Promise<void>;
    }>;
  };
}

const quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"];
const offline = ["--disable-background-networking", "--disable-component-update"];

/** Runs the scenario in a page, from a bundle made under these conditions. The API is of another origin than the page, so every call needs a preflight. */
export async function runPage(
  executablePath: string,
  consumer: string,
  options: ScenarioOptions,
  conditions: readonly string[],
): Promise<ScenarioReport> {
  const script = await readFile(await bundleEntry(consumer, "page", conditions));
  const { chromium }: Playwright = createRequire(
    new URL("../../test/runtimes/packages/package.json", import.meta.url),
  )("playwright-core");
  const page = await listen(servePage(script));
  const api = await listen(allowingOrigins(new URL(options.baseUrl).origin));
  const browser = await chromium.launch({ executablePath, args: [...quiet, ...offline] });
  try {
    const tab = await browser.newPage();
    await tab.goto(page.origin);
    const through = (url: string): string => `${api.origin}${new URL(url).pathname}`;
    const { baseUrl, tokenUrl } = options;
    return await tab.evaluate(runInPage, {
      ...options,
      baseUrl: through(baseUrl),
      tokenUrl: through(tokenUrl),
    });
  } finally {
    await browser.close();
    page.server.close();
    api.server.close();
  }
}

/** Runs in the page, where the bundle has put its function. */
function runInPage(options: ScenarioOptions): Promise<ScenarioReport> {
  return (globalThis as unknown as Pick<typeof import("./scenario.ts"), "runScenario">).runScenario(options);
}

function servePage(script: Buffer): Server {
  return createServer((incoming, response) => {
    if (incoming.url === "/page.mjs")
      response.writeHead(200, { "content-type": "text/javascript" }).end(script);
    else
      response
        .writeHead(200, { "content-type": "text/html" })
        .end('<!doctype html><title>Scenario</title><script type="module" src="/page.mjs"></script>');
  });
}

/** Stands before an API that knows nothing of browsers: responds to preflights, and passes the rest on. */
function allowingOrigins(target: string): Server {
  return createServer((incoming: IncomingMessage, response: ServerResponse) => {
    const { method = "GET", url = "/", headers } = incoming;
    response.setHeader("access-control-allow-origin", headers.origin ?? "*");
    if (method === "OPTIONS") {
      const asked = headers["access-control-request-headers"];
      response.setHeader("access-control-allow-methods", "GET, POST, PUT, PATCH, DELETE");
      if (asked !== undefined) response.setHeader("access-control-allow-headers", asked);
      response.writeHead(204).end();
      return;
    }
    const onward = request(new URL(url, target), { method, headers }, (upstream) => {
      response.writeHead(upstream.statusCode ?? 502, upstream.headers);
      upstream.pipe(response);
    });
    onward.on("error", (error) => response.destroy(error));
    incoming.pipe(onward);
  });
}

async function listen(server: Server): Promise<{ origin: string; server: Server }> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

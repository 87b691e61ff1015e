import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFulfillmentClient, unwrap } from "juniper-fulfillment";
import {
  createMock,
  type StatefulMock,
  type StatefulMockServer,
  startMockServer,
} from "juniper-fulfillment/testing";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { execute } from "../../scripts/package/execute.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { orderRequest, protocolRequest } from "../../scripts/samples/requests.ts";
import {
  type ScriptedRequest,
  type ScriptedServer,
  startScriptedServer,
} from "../../scripts/samples/scripted-server.ts";
import { wireSpellings } from "../../scripts/samples/wire-spellings.ts";
import { cases } from "../../src/cli/contract/cases.ts";
import { runCli, startCli } from "../support/cli.ts";
import { type CliApi, startCliApi } from "../support/cli-api.ts";
import { operations } from "../support/documents.ts";
import { type DriftingProxy, startDriftingProxy } from "../support/drifting-proxy.ts";
import { mockEnvironment } from "../support/mock-environment.ts";

let api: CliApi;
let proxy: DriftingProxy;
let folder: string;
const atProxy = (): string[] => [
  ...["--against", `${proxy.origin}/v1`, "--token-url", `${proxy.origin}/oauth2/token`],
];
const noCredentials = { JUNIPER_CLIENT_ID: "", JUNIPER_CLIENT_SECRET: "", JUNIPER_ENVIRONMENT: "" };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-contract-"));
  api = await startCliApi();
  proxy = await startDriftingProxy(new URL(api.mock.baseUrl).origin);
  unwrap(await createFulfillmentClient(api.mock.clientOptions).POST("/orders", { body: orderRequest }));
});
afterAll(async () => {
  await proxy.close();
  await api.close();
  await rm(folder, { recursive: true });
});

interface Order {
  orders?: Order[];
  [name: string]: unknown;
}

/** How many requests are sent that must be refused. */
const refusals = 3;

/** Adds names and values to every order, and every error about orders, that could be a customer's. */
const spoilOrders = (answer: Order, path: string): Order => {
  if (!path.startsWith("/v1/orders")) return answer;
  for (const order of answer.orders ?? [answer]) {
    Object.assign(order, { "Ada Example": 1, status: "ada@example.com", note: "Ada" });
  }
  return answer;
};
const secrets = ["Ada", "Palo Alto", "94301", "customer-1", "mock-secret", "2vSG", "127.0.0.1"];

describe("juniper-fulfillment contract", () => {
  test("--against mock holds in every operation, without credentials, Prism or a port", async () => {
    const { exitCode, stdout, stderr } = await runCli(["contract", "--against", "mock"], noCredentials);
    expect([exitCode, stderr]).toEqual([0, ""]);
    for (const { key } of operations) expect(stdout).toContain(key);
    // All but the one that would do harm, and writes that are new in the document.
    const [, held, untried] =
      /^(\d+) holds, 0 drifts, 0 failed, (\d+) not tried, against the mock$/m.exec(stdout) ?? [];
    expect(Number(held) + Number(untried)).toBe(operations.length + refusals);
    const known = operations.filter(({ operation }) =>
      cases.some(({ operationId }) => operationId === operation.operationId),
    );
    expect(Number(held)).toBeGreaterThanOrEqual(known.length - 1 + refusals);
    for (const { id, wire } of wireSpellings) expect(stdout).toMatch(new RegExp(`^${id} {2}${wire}$`, "m"));
  });

  test("writes JUnit and Markdown of shapes alone, and ends with 1 when an operation drifts", async () => {
    proxy.drift = spoilOrders as DriftingProxy["drift"];
    const files = { junit: join(folder, "junit.xml"), report: join(folder, "report.md") };
    const args = [...atProxy(), "--junit", files.junit, "--report", files.report];
    const { exitCode, stdout, stderr } = await runCli(["contract", ...args], api.env);
    expect([exitCode, stderr]).toEqual([1, ""]);
    expect(stdout).toMatch(/ 3 drifts, 0 failed, /);
    const [junit, report] = [await readFile(files.junit, "utf8"), await readFile(files.report, "utf8")];
    for (const text of [stdout, junit, report]) {
      for (const { key } of operations) expect(text).toContain(key);
      expect(text).toContain("note is not documented");
      expect(text).toContain("(a name that is not shown) is not documented");
      expect(text).toContain("a string is not one of the documented values");
      for (const secret of secrets) expect(text).not.toContain(secret);
    }
    expect(junit).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites>\n {2}<testsuite name="[^"]+" tests="\d+" failures="3" errors="0" /,
    );
    expect(junit).toContain(` tests="${operations.length + refusals}" `);
    expect(junit.match(/<testcase /g)).toHaveLength(operations.length + refusals);
    expect(junit).toMatch(/<property name="latency\.p95" value="\d+"\/>/);
    expect(junit.match(/<failure message="[^"]+" type="drift">/g)).toHaveLength(3);
    expect(junit).toContain('name="GET /orders/{orderId}"');
    expect(junit).toContain('<skipped message="it writes: --allow-writes tries it"/>');
  });

  test("--json prints each operation as a line of JSON, and then the sum", async () => {
    proxy.drift = (answer) => answer;
    const { exitCode, stdout } = await runCli(["contract", ...atProxy(), "--json"], api.env);
    expect(exitCode).toBe(0);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(operations.length + refusals + 1);
    expect(lines[0]).toMatchObject({ operation: "GET /products", outcome: "holds", findings: [] });
    expect(lines.at(-1)).toMatchObject({ against: "an API at an address of your own", drifts: 0, failed: 0 });
    expect(lines.at(-1)).toMatchObject({ retirable: [], latencyMs: { p95: expect.any(Number) } });
    expect(lines.at(-1).fields).toContainEqual({ field: "GET /orders cursor", present: 0, objects: 1 });
  });

  test("--baseline puts the latency of an earlier run beside that of this one", async () => {
    const [earlier, junit] = [join(folder, "earlier.jsonl"), join(folder, "latency.xml")];
    const latencyMs = { p50: 1_001, p95: 2_002, responses: 9 };
    await writeFile(earlier, `{"operation":"GET /orders"}\n${JSON.stringify({ latencyMs })}\n`);
    const args = ["contract", "--against", "mock", "--baseline", earlier, "--junit", junit];
    const { exitCode, stdout } = await runCli(args, noCredentials);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/responses: p50 \d+ ms \(before: 1001 ms\), p95 \d+ ms \(before: 2002 ms\)\n/);
    expect(await readFile(junit, "utf8")).toContain('<property name="baseline.p95" value="2002"/>');
    const again = await runCli([...args, "--json"], noCredentials);
    expect(JSON.parse(again.stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({ baselineMs: latencyMs });
    // What this run has printed is the next one's.
    await writeFile(earlier, again.stdout);
    expect((await runCli(args, noCredentials)).stdout).toContain(" (before: ");
  });

  test("--baseline names no file yet at the first run, and nothing else than what a run has printed", async () => {
    const missing = ["contract", "--against", "mock", "--baseline", join(folder, "none.jsonl")];
    const first = await runCli(missing, noCredentials);
    expect([first.exitCode, first.stderr]).toEqual([0, ""]);
    expect(first.stdout).not.toContain("before");
    for (const text of ["", "Ada", '{"latencyMs":{"p50":"Ada"}}']) {
      await writeFile(join(folder, "other.jsonl"), text);
      const args = ["contract", "--against", "mock", "--baseline", join(folder, "other.jsonl")];
      const { exitCode, stdout, stderr } = await runCli(args, noCredentials);
      expect([exitCode, stdout]).toEqual([2, ""]);
      expect(stderr).toContain("The file of --baseline is not the --json output of an earlier run.");
      expect(stderr).not.toContain("Ada");
    }
  });

  test.each([
    "--junit",
    "--report",
  ])("says before it calls anything that %s can't be written", async (option) => {
    const before = api.mock.requests.length;
    const file = join(folder, "nowhere", "file");
    const { exitCode, stdout, stderr } = await runCli(["contract", ...atProxy(), option, file], api.env);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(`The file of ${option} can't be written (ENOENT).`);
    const atFolder = await runCli(["contract", ...atProxy(), option, folder], api.env);
    expect([atFolder.exitCode, atFolder.stdout]).toEqual([2, ""]);
    expect(atFolder.stderr).toContain(`The file of ${option} can't be written: it is a folder.`);
    expect(api.mock.requests).toHaveLength(before);
  });

  test.skipIf(process.platform !== "linux")("writes the JUnit also where the Markdown can't be", async () => {
    const junit = join(folder, "full.xml");
    const args = ["contract", "--against", "mock", "--report", "/dev/full", "--junit", junit];
    const { exitCode, stderr } = await runCli(args, noCredentials);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("--report can't be written (ENOSPC)")]);
    expect(await readFile(junit, "utf8")).toContain("</testsuites>");
  });

  test("takes back what it has created when it is stopped, and its reports are not green", async () => {
    const [junit, report] = [join(folder, "stopped.xml"), join(folder, "stopped.md")];
    const files = ["--junit", junit, "--report", report];
    const running = startCli(["contract", ...atProxy(), "--allow-writes", ...files], api.env);
    proxy.drift = (answer, path) => {
      // The response to a POST alone comes from the bare path: that of the list has a query.
      if (path === "/v1/protocols") running.child.kill("SIGINT");
      return answer;
    };
    const [exitCode] = await once(running.child, "close");
    proxy.drift = (answer) => answer;
    expect(exitCode).toBe(1);
    const output = (await running.said(/[\s\S]+/))[0];
    expect(output).toMatch(/holds +POST \/protocols\n/);
    expect(output).toMatch(/holds +DELETE \/protocols\/\{protocolId\}\n/);
    expect(output).toMatch(/not tried POST \/orders .*the run was stopped before/);
    expect(output).toContain("The run was stopped");
    expect(await readFile(report, "utf8")).toContain("The run was stopped");
    // Skipped alone would be green.
    expect(await readFile(junit, "utf8")).toMatch(
      / failures="0" errors="1" [\s\S]*<testcase [^>]+><error message="The run was stopped: [^"]+"\/>/,
    );
  });

  describe("at an API that does not do as it should", () => {
    let vendor: ScriptedServer;
    afterEach(() => vendor.close());

    /** Its own response, none at all, or one that is lost after the mock has carried out the request. */
    type OwnAnswer = { status?: number; json: unknown } | "nothing" | "lost" | undefined;

    const pass = (
      mock: StatefulMock,
      { method, path, headers, body }: ScriptedRequest,
    ): Promise<Response> => {
      const { authorization = "", "content-type": type } = headers;
      const { origin } = new URL(mock.clientOptions.baseUrl);
      return mock.fetch(
        new Request(`${origin}${path}`, {
          ...{ method, headers: { authorization, ...(type && { "content-type": type }) } },
          ...(body !== "" && { body }),
        }),
      );
    };

    /** The mock behind a server that may respond by itself. */
    const startVendor = async (
      mock: StatefulMock,
      respond: (request: ScriptedRequest) => OwnAnswer | Promise<OwnAnswer>,
    ): Promise<string[]> => {
      vendor = await startScriptedServer(async (request, outgoing) => {
        const own = await respond(request);
        if (own === "nothing") return undefined;
        if (own === "lost") {
          await pass(mock, request);
          outgoing.destroy();
          return undefined;
        }
        if (own !== undefined) {
          const { status = 200, json } = own;
          outgoing.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
          return undefined;
        }
        const response = await pass(mock, request);
        outgoing.writeHead(response.status, { "content-type": "application/json" });
        outgoing.end(await response.text());
        return undefined;
      });
      const { origin } = vendor;
      return ["contract", "--against", `${origin}/v1`, "--token-url", `${origin}/oauth2/token`];
    };
    const credentialsOf = ({ clientOptions }: StatefulMock) => ({
      ...noCredentials,
      JUNIPER_CLIENT_ID: clientOptions.clientId,
      JUNIPER_CLIENT_SECRET: clientOptions.clientSecret,
    });
    const isOrder = ({ method, path }: ScriptedRequest): boolean =>
      method === "POST" && path === "/v1/orders";

    test.each([
      ["can't be cancelled", { id: "2vEmpty", status: "PROCESSING" }],
      ["has no id", {}],
    ])("says that the empty order may exist, and fails, where the API takes it and it %s", async (_what, order) => {
      const mock = createMock({ stateful: true });
      const args = await startVendor(mock, (request) => {
        if (isOrder(request) && request.body === "{}") return { status: 201, json: order };
        if (!request.path.startsWith("/v1/orders/2vEmpty")) return undefined;
        return request.method === "POST" ? { status: 409, json: { detail: "late" } } : { json: order };
      });
      const { exitCode, stdout } = await runCli([...args, "--allow-writes"], credentialsOf(mock));
      expect(stdout).toMatch(
        /failed +POST \/orders with an empty order .*order without customer and items may exist/,
      );
      expect(stdout).toMatch(/created at 20\d\d-\S+Z or soon after, and cancel it/);
      expect(exitCode).toBe(1);
    });

    test("does not take a 200 for a cancellation: the order says whether it is cancelled", async () => {
      const mock = createMock({ stateful: true });
      const args = await startVendor(mock, ({ path }) => {
        const [, id] = /^\/v1\/orders\/([^/]+)\/cancel$/.exec(path) ?? [];
        return id === undefined ? undefined : { json: mock.orders.find((order) => order.id === id) };
      });
      const { exitCode, stdout } = await runCli([...args, "--allow-writes"], credentialsOf(mock));
      expect(mock.orders.map(({ status }) => status)).toEqual(["CREATED"]);
      expect(stdout).toMatch(/failed +POST \/orders\/\{orderId\}\/cancel .*is not cancelled/);
      expect(exitCode).toBe(1);
    });

    test("does not take another order's cancellation for one: the test order is named", async () => {
      const mock = createMock({ stateful: true });
      const args = await startVendor(mock, ({ path }) =>
        path.endsWith("/cancel")
          ? { json: { ...mock.orders.at(-1), id: "2vAnother", status: "CANCELLED" } }
          : undefined,
      );
      const { exitCode, stdout, stderr } = await runCli([...args, "--allow-writes"], credentialsOf(mock));
      expect(mock.orders.map(({ status }) => status)).toEqual(["CREATED"]);
      expect(stdout).toMatch(/failed +POST \/orders\/\{orderId\}\/cancel .*is not cancelled/);
      // The results may go nowhere: what is left is said on its own as well.
      expect(stderr).toMatch(/^The test order may exist, and is not cancelled\. [^\n]+\n$/);
      expect(exitCode).toBe(1);
    });

    test("changes and takes back nothing but its own, where a creation is answered with what is another's", async () => {
      const mock = createMock({ stateful: true });
      const client = createFulfillmentClient(mock.clientOptions);
      const order = unwrap(await client.POST("/orders", { body: orderRequest }));
      const protocol = unwrap(await client.POST("/protocols", { body: protocolRequest }));
      const others = { "/v1/orders": order, "/v1/protocols": protocol };
      const args = await startVendor(mock, async (request) => {
        const { method, path, body } = request;
        if (method !== "POST" || body === "{}" || !(path in others)) return undefined;
        // It creates, and responds with what it has created long ago.
        await pass(mock, request);
        return { status: 201, json: others[path as keyof typeof others] };
      });
      const { stdout } = await runCli([...args, "--allow-writes"], credentialsOf(mock));
      expect(mock.orders.map(({ id, status }) => [id === order.id, status])).toEqual([
        [true, "CREATED"],
        [false, "CANCELLED"],
      ]);
      const { protocols } = unwrap(await client.GET("/protocols"));
      expect(protocols?.find(({ id }) => id === protocol.id)).toEqual(protocol);
      expect(stdout).toMatch(/failed +DELETE \S+ .*protocol may exist.*customer contract-test/);
    });

    test("takes back what it has created when its terminal is closed, however often that is said", async () => {
      const mock = createMock({ stateful: true });
      const args = await startVendor(mock, async (request) => {
        if (isOrder(request) || request.path.endsWith("/cancel")) running.child.kill("SIGHUP");
        return undefined;
      });
      const running = startCli([...args, "--allow-writes"], credentialsOf(mock));
      const [exitCode] = await once(running.child, "close");
      expect(mock.orders.map(({ status }) => status)).toEqual(["CANCELLED"]);
      expect(exitCode).toBe(1);
      expect((await running.said(/[\s\S]+/))[0]).toContain("The run was stopped");
    });

    test("says what may be left where nobody reads its results any more", async () => {
      const mock = createMock({ stateful: true });
      const args = await startVendor(mock, async (request) => {
        if (isOrder(request)) {
          running.child.stdout?.destroy();
          return undefined;
        }
        return request.path.endsWith("/cancel") ? { status: 400, json: { detail: "no" } } : undefined;
      });
      const running = startCli([...args, "--allow-writes"], credentialsOf(mock));
      const [exitCode] = await once(running.child, "close");
      expect(exitCode).toBe(1);
      expect((await running.said(/[\s\S]+/))[0]).toMatch(/The test order may exist, and is not cancelled\./);
    });

    test("ends where the list in which it looks for a lost order has no end, and names the order", async () => {
      const mock = createMock({ stateful: true });
      let pages = 0;
      const args = await startVendor(mock, (request) => {
        if (isOrder(request) && request.body !== "{}") return "lost";
        if (!request.path.includes("status=CREATED")) return undefined;
        pages += 1;
        const orders = Array.from({ length: 100 }, (_, index) => ({ id: `2v${pages}x${index}` }));
        // A look that reads all of it comes to an end too, and too late.
        return { json: { orders, cursor: pages < 500 ? `after ${pages}` : null } };
      });
      const limits = ["--allow-writes", "--most-items", "300"];
      const { exitCode, stderr } = await runCli([...args, ...limits], credentialsOf(mock));
      // Three looks of three pages, each with one that is asked for ahead.
      expect(pages).toBeLessThanOrEqual(12);
      expect(stderr).toContain("The test order may exist, and is not cancelled.");
      expect(exitCode).toBe(1);
    });

    test("says that the protocol may exist where it can't be deleted", async () => {
      const mock = createMock({ stateful: true });
      const args = await startVendor(mock, ({ method }) =>
        method === "DELETE" ? { status: 409, json: { detail: "in use" } } : undefined,
      );
      const { exitCode, stdout } = await runCli([...args, "--allow-writes"], credentialsOf(mock));
      expect(stdout).toMatch(/failed +DELETE \S+ .*protocol may exist.*customer contract-test/);
      expect(exitCode).toBe(1);
    });

    test("says what may be left when it is ended before it could take it back", async () => {
      const mock = createMock({ stateful: true });
      const args = await startVendor(mock, (request) => {
        if (!isOrder(request)) return undefined;
        // The second signal ends it at once.
        const kill = setInterval(() => running.child.kill("SIGINT"), 50);
        running.child.once("close", () => clearInterval(kill));
        return "nothing";
      });
      const running = startCli([...args, "--allow-writes"], credentialsOf(mock));
      const [exitCode] = await once(running.child, "close");
      expect(exitCode).toBe(130);
      const [{ lineItems }] = JSON.parse(`[${vendor.requests.find(isOrder)?.body}]`);
      const output = (await running.said(/[\s\S]+/))[0];
      expect(output).toContain(`whose pack is called "${lineItems[0].packDescription}", and cancel it.`);
      expect(output).not.toContain("protocol may exist");
    });

    test("drifts where a token that nobody has issued, or an empty order, is accepted", async () => {
      const mock = createMock({ stateful: true });
      const order = { id: "2vEmpty", status: "CANCELLED" };
      const args = await startVendor(mock, (request) => {
        if (request.headers.authorization?.endsWith("no-such-token")) return { json: {} };
        if (request.path.startsWith("/v1/orders/2vEmpty")) return { json: order };
        return isOrder(request) && request.body === "{}" ? { status: 201, json: order } : undefined;
      });
      const { exitCode, stdout } = await runCli([...args, "--allow-writes"], credentialsOf(mock));
      for (const what of ["GET /partners/settings with a wrong token", "POST /orders with an empty order"]) {
        expect(stdout).toMatch(new RegExp(`drifts +${what}\n +is accepted, where the document says`));
      }
      expect(exitCode).toBe(1);
    });

    test.each([429, 503])("fails, and does not drift, where it responds with %d", async (status) => {
      const mock = createMock({ stateful: true });
      const args = await startVendor(mock, ({ path }) => {
        const [where] = path.split("?");
        return where === "/v1/shipping-methods" || path.endsWith("limit=0")
          ? { status, json: { detail: "later" } }
          : undefined;
      });
      const { exitCode, stdout } = await runCli(args, credentialsOf(mock));
      expect(stdout).toMatch(new RegExp(`failed +GET /shipping-methods +the response was ${status}\n`));
      expect(stdout).toMatch(
        new RegExp(`failed +GET /orders with a limit of 0 +the response was ${status}\n`),
      );
      expect(stdout).toMatch(/ 0 drifts, 2 failed, /);
      expect(exitCode).toBe(1);
    });
  });

  describe("when it has placed an order whose response is lost", () => {
    const products = (["BACKORDERED", "ACTIVE"] as const).map((status, index) => ({
      ...{ id: index + 1, price: "1.00", status, name: "P", description: "D" },
    }));
    const runAt = async (mock: StatefulMockServer) => {
      const { baseUrl, tokenUrl } = mock;
      const where = ["--base-url", baseUrl, "--token-url", tokenUrl, "--allow-writes"];
      return runCli(["contract", ...where], { ...noCredentials, ...mockEnvironment(mock) });
    };

    test("orders what can be ordered, looks for the order, and cancels it", async () => {
      const mock = await startMockServer({ stateful: true, products });
      mock.fault("POST /orders", { commitThenDrop: true });
      const { exitCode, stdout } = await runAt(mock);
      await mock.close();
      expect(mock.orders.map(({ status }) => status)).toEqual(["CANCELLED"]);
      expect(stdout).toMatch(/failed +POST \/orders .*may or may not/);
      expect(stdout).toMatch(/holds +POST \/orders\/\{orderId\}\/cancel\n/);
      expect(exitCode).toBe(1);
    });

    test("says that it may exist, and which it is, where it is not found or can't be cancelled", async () => {
      for (const operation of ["GET /orders", "POST /orders/{orderId}/cancel"] as const) {
        const mock = await startMockServer({ stateful: true, products });
        mock.fault("POST /orders", { commitThenDrop: true });
        mock.fault(operation, { status: 503, times: 1_000 });
        const { exitCode, stdout } = await runAt(mock);
        await mock.close();
        const [pack] = mock.orders.flatMap(({ lineItems }) => lineItems.map((item) => item.packDescription));
        expect(stdout).toContain(`an order of the customer contract-test whose pack is called "${pack}"`);
        expect(stdout).not.toContain("no order was created");
        expect(exitCode).toBe(1);
      }
    });
  });

  test.each<[string, string[], string]>([
    ["an unknown API", ["--against", "sandbx"], "Did you mean 'sandbox'?"],
    ["production by name", ["--against", "production"], "--environment production"],
    ["an address without its token endpoint", ["--against", "http://127.0.0.1:9/v1"], "--token-url URL"],
    ["two addresses", ["--against", "mock", "--base-url", "http://127.0.0.1:9/v1"], "leave one of them out"],
    ["another environment for the mock", ["--against", "mock", "--environment", "sandbox"], "leave them out"],
    ["two environments", ["--against", "sandbox", "--environment", "production"], "leave one of them out"],
    ["an unknown environment", ["--environment", "moon"], "must be sandbox or production"],
    ["half an address", ["--base-url", "http://127.0.0.1:9/v1"], "go together"],
    ["a mistyped option", ["--alow-writes"], "Did you mean '--allow-writes'?"],
  ])("refuses %s before anything is sent", async (_what, args, message) => {
    const env = { ...api.env, JUNIPER_BASE_URL: "", JUNIPER_TOKEN_URL: "" };
    const { exitCode, stderr } = await runCli(["contract", ...args], env);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toContain("Usage: juniper-fulfillment contract");
  });

  test("says which credentials are missing", async () => {
    const { exitCode, stderr } = await runCli(["contract", ...atProxy()], noCredentials);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("JUNIPER_CLIENT_ID and JUNIPER_CLIENT_SECRET must be set");
  });

  const production = "https://api.fulfillment.juniperhealth.com/v1";
  const elsewhere = "https://a.example/t";
  test.each([
    ["its address", production, elsewhere],
    ["an address without slashes", "https:api.fulfillment.juniperhealth.com/v1", elsewhere],
    ["an encoded address", "https://API%2Efulfillment.juniperhealth.com/v1", elsewhere],
    ["an address that ends with a dot", "https://api.fulfillment.juniperhealth.com./v1", elsewhere],
    ["its token endpoint", "https://a.example/v1", "https://auth.fulfillment.juniperhealth.com/oauth2/token"],
  ])("refuses writes to production by %s, unless it is said", async (_what, baseUrl, tokenUrl) => {
    const args = ["--allow-writes", "--token-url", tokenUrl, "--against", baseUrl];
    const { exitCode, stderr } = await runCli(["contract", ...args], api.env);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("in production. If you mean it, pass --environment production.");
  });

  test("wants the partner's name before it writes to production, and writes nothing before", async () => {
    const args = ["--environment", "production", "--allow-writes", ...atProxy()];
    const before = api.mock.requests.length;
    const refused = await runCli(["contract", ...args], api.env);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain("pass --yes with the partner's name");
    const wrong = await runCli(["contract", ...args, "--yes", "Somebody Else"], api.env);
    expect(wrong.exitCode).toBe(2);
    const sent = api.mock.requests.slice(before).filter(({ path }) => path.startsWith("/v1/"));
    expect(new Set(sent.map(({ method, path }) => `${method} ${path}`))).toEqual(
      new Set(["GET /v1/partners/settings"]),
    );
    const { name = "" } = unwrap(
      await createFulfillmentClient(api.mock.clientOptions).GET("/partners/settings"),
    );
    const { exitCode, stdout } = await runCli(["contract", ...args, "--yes", name], api.env);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/holds +POST \/orders\n/);
  });
});

test("npm run contract:live is the command from source", async () => {
  const manifest = JSON.parse(await readFile(join(projectRoot, "package.json"), "utf8"));
  const [tsx, ...words] = manifest.scripts["contract:live"].split(" ");
  expect(tsx).toBe("tsx");
  const { exitCode, stdout } = await execute(
    process.execPath,
    [join("node_modules", "tsx", "dist", "cli.mjs"), ...words, "--against", "mock"],
    projectRoot,
  );
  expect(exitCode).toBe(0);
  expect(stdout).toContain("0 drifts, 0 failed");
});

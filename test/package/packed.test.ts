import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Execution, execute } from "../../scripts/package/execute.ts";
import { type Consumer, createConsumer } from "../../scripts/package/packed.ts";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";

let consumer: Consumer;
let server: ScriptedServer;

beforeAll(async () => {
  consumer = await createConsumer();
  server = await startScriptedServer(({ path }) => ({
    json:
      path === "/token"
        ? { access_token: "t", token_type: "Bearer", expires_in: 60 }
        : { id: "o", orderType: "ONE-TIME" },
  }));
});
afterAll(async () => {
  await server.close();
  await consumer.remove();
});

async function runModule(code: string): Promise<string> {
  await writeFile(join(consumer.folder, "script.mjs"), code);
  const { stdout, stderr } = await execute(process.execPath, ["script.mjs"], consumer.folder);
  return stdout + stderr;
}

describe("the packed package", () => {
  test("signs in, sends and corrects, from what was built", async () => {
    const output = await runModule(`
      import { createFulfillmentClient, unwrap } from "juniper-fulfillment";
      const urls = { baseUrl: "${server.origin}/v1", tokenUrl: "${server.origin}/token" };
      const client = createFulfillmentClient({ clientId: "id", clientSecret: "secret", ...urls });
      const order = unwrap(await client.GET("/orders/{orderId}", { params: { path: { orderId: "o" } } }));
      console.log(order.orderType);
    `);
    expect(output).toBe("ONE_TIME\n");
  });

  test("recognises its own light objects across its files", async () => {
    server.requests.length = 0;
    const output = await runModule(`
      import { createFulfillmentClient } from "juniper-fulfillment";
      let made = 0;
      globalThis.Request = new Proxy(Request, { construct: (target, args) => (made++, Reflect.construct(target, args)) });
      const client = createFulfillmentClient({ accessToken: "t", baseUrl: "${server.origin}" });
      await client.POST("/protocols", { body: { lineItems: [] } });
      console.log(made);
    `);
    expect(output).toBe("0\n");
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: "Bearer t",
      "content-type": "application/json",
    });
  });

  test("has stores that know the errors of the main entry", async () => {
    const output = await runModule(`
      import { ConfigurationError } from "juniper-fulfillment";
      import { redisStore, sqlLedger } from "juniper-fulfillment/stores";
      for (const make of [redisStore, sqlLedger]) {
        try { make({}) } catch (error) { console.log(error instanceof ConfigurationError, error.constructor === ConfigurationError) }
      }
    `);
    expect(output).toBe("true true\ntrue true\n");
  });

  for (const path of ["dist/index.js", "dist/wrapper/client.js", "src/index.ts", "openapi/wire.yaml"]) {
    test(`does not let ${path} be imported`, async () => {
      expect(await runModule(`import "juniper-fulfillment/${path}";`)).toContain(
        "ERR_PACKAGE_PATH_NOT_EXPORTED",
      );
    });
  }

  test("says what to install when Prism is missing", async () => {
    const output = await runModule(`
      import { startMockServer } from "juniper-fulfillment/testing";
      await startMockServer().catch((error) => console.log(error.name, error.message));
    `);
    expect(output).toContain("ConfigurationError The mock server needs Prism. Install it with");
  });

  test("has a mock in process that needs no Prism", async () => {
    const output = await runModule(`
      import { existsSync } from "node:fs";
      import { createFulfillmentClient, unwrap } from "juniper-fulfillment";
      import { createMock } from "juniper-fulfillment/testing";
      console.log(existsSync("node_modules/@stoplight"), existsSync("node_modules/ajv"));
      const mock = createMock({ stateful: true });
      const client = createFulfillmentClient(mock.clientOptions);
      console.log(unwrap(await client.GET("/products")).products.length);
      const refused = await client.POST("/orders", { body: { lineItems: 7 } });
      console.log(refused.response.status, mock.requests.at(-1).violations.at(-1));
    `);
    expect(output).toBe("false false\n10\n422 request.body.lineItems must be array\n");
  });

  const run = (...words: string[]): Promise<Execution> =>
    execute(
      process.execPath,
      [join("node_modules", "juniper-fulfillment", "dist", "cli", "main.js"), ...words],
      consumer.folder,
    );

  test("holds its mock against the document that it comes with", async () => {
    const { exitCode, stdout, stderr } = await run(
      "contract",
      "--against",
      "mock",
      "--junit",
      "contract.xml",
    );
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(" 0 drifts, 0 failed, ");
    expect(await readFile(join(consumer.folder, "contract.xml"), "utf8")).toContain(
      'failures="0" errors="0"',
    );
  });

  test("checks a file of orders", async () => {
    await writeFile(join(consumer.folder, "orders.jsonl"), '{"reference":"r-1","order":{"daysSupply":31}}\n');
    const { exitCode, stdout } = await run("orders", "check", "orders.jsonl", "--offline");
    expect(exitCode).toBe(1);
    expect(stdout).toContain("line 1  r-1\n");
    expect(stdout).toContain("customer is missing");
  });

  test("can be loaded by require()", async () => {
    await writeFile(
      join(consumer.folder, "script.cjs"),
      'console.log(typeof require("juniper-fulfillment").createFulfillmentClient);',
    );
    const { stdout, stderr } = await execute(process.execPath, ["script.cjs"], consumer.folder);
    expect(stdout + stderr).toBe("function\n");
  });
});

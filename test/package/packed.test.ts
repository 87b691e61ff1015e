import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { execute } from "../support/execute.ts";
import { projectRoot } from "../support/project-root.ts";
import { type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";

let consumer: string;
let server: ScriptedServer;

/** An empty project with the packed package in it, as a user installs it. */
beforeAll(async () => {
  consumer = await mkdtemp(join(tmpdir(), "consumer-"));
  const packed = await execute("npm", ["pack", "--silent", "--pack-destination", consumer], projectRoot);
  const tarball = packed.stdout.trim().split("\n").at(-1) ?? "";
  await writeFile(
    join(consumer, "package.json"),
    '{ "name": "consumer", "private": true, "type": "module" }',
  );
  const flags = ["--no-audit", "--no-fund", "--prefer-offline"];
  const installed = await execute("npm", ["install", ...flags, join(consumer, tarball)], consumer);
  expect(installed.exitCode, installed.stderr).toBe(0);
  server = await startScriptedServer(({ path }) => ({
    json:
      path === "/token"
        ? { access_token: "t", token_type: "Bearer", expires_in: 60 }
        : { id: "o", orderType: "ONE-TIME" },
  }));
}, 180_000);
afterAll(async () => {
  await server.close();
  await rm(consumer, { recursive: true, force: true });
});

async function runModule(code: string): Promise<string> {
  await writeFile(join(consumer, "script.mjs"), code);
  const { stdout, stderr } = await execute(process.execPath, ["script.mjs"], consumer);
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

  for (const path of [
    "dist/index.js",
    "dist/wrapper/client.js",
    "src/index.ts",
    "openapi/published/index.yaml",
  ]) {
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

  test("has declarations that compile without skipping any", async () => {
    await writeFile(
      join(consumer, "consumer.mts"),
      `import { createFulfillmentClient, fromEnv, submitOrder, unwrap } from "juniper-fulfillment";
import { redisStore, sqlLedger } from "juniper-fulfillment/stores";
import { startMockServer } from "juniper-fulfillment/testing";
const client = createFulfillmentClient(fromEnv({}));
const order = unwrap(await client.GET("/orders/{orderId}", { params: { path: { orderId: "o" } } }));
export const zipCode: string | undefined = order.customer?.address.zipCode;
export { redisStore, sqlLedger, startMockServer, submitOrder };
`,
    );
    const flags = [
      "--noEmit",
      "--strict",
      "--module",
      "nodenext",
      "--target",
      "es2022",
      "--lib",
      "es2022,dom",
    ];
    const tsc = join(projectRoot, "node_modules", "typescript", "bin", "tsc");
    const { stdout, exitCode } = await execute(process.execPath, [tsc, ...flags, "consumer.mts"], consumer);
    expect(stdout).toBe("");
    expect(exitCode).toBe(0);
  });
});

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createFulfillmentClient, signWebhook, unwrap } from "juniper-fulfillment";
import { type StatefulMockServer, startMockServer } from "juniper-fulfillment/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { execute } from "../../scripts/package/execute.ts";
import { type Consumer, createConsumer } from "../../scripts/package/packed.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { examplesIn } from "../support/examples.ts";

// As a user does: an empty project with the packed package, and each snippet saved under its name, in the README's order.
let consumer: Consumer;
// What the snippets that need credentials talk to, in place of the vendor.
let mock: StatefulMockServer;

beforeAll(async () => {
  consumer = await createConsumer();
  mock = await startMockServer({ stateful: true });
  for (const { name, code } of examplesIn("README.md")) {
    if (name !== undefined) await writeFile(join(consumer.folder, name), `${code}\n`);
  }
});
afterAll(async () => {
  await mock?.close();
  await consumer?.remove();
});

// Node 20 can't read TypeScript by itself, so tsx does, from this project.
const tsx = ["--import", pathToFileURL(join(projectRoot, "node_modules/tsx/dist/loader.mjs")).href];

async function run(...args: string[]): Promise<string> {
  const { clientId, clientSecret } = mock.clientOptions;
  const { exitCode, stdout, stderr } = await execute(process.execPath, args, consumer.folder, {
    JUNIPER_CLIENT_ID: clientId,
    JUNIPER_CLIENT_SECRET: clientSecret,
    JUNIPER_BASE_URL: mock.baseUrl,
    JUNIPER_TOKEN_URL: mock.tokenUrl,
  });
  expect(exitCode, stdout + stderr).toBe(0);
  return stdout;
}

describe("the README's snippets, in an empty project with the packed package", () => {
  test("are all saved under a name", () => {
    expect(examplesIn("README.md").map(({ name }) => name)).toEqual([
      "first.mjs",
      "live.mjs",
      "place-order.ts",
      "webhooks.ts",
      "place-order.test.ts",
    ]);
  });

  test("make a first call with nothing else installed", async () => {
    expect(await run("first.mjs")).toMatch(/^\d+\.\d\d 94301\n\w+ CREATED\n$/);
  });

  test("sign in with the credentials of the environment, and log the call", async () => {
    const [call = "", partner] = (await run("live.mjs")).split("\n");
    expect(JSON.parse(call)).toMatchObject({ path: "/partners/settings", outcome: "success", status: 200 });
    expect(partner).toBe("Signed in as Example Wellness");
  });

  test("place an order once, as their own test shows", async () => {
    expect(await run(...tsx, "--test", "place-order.test.ts")).toMatch(/^# pass 1$|^ℹ pass 1$/m);
  });

  test("take a delivery that the vendor signed, and no other", async () => {
    const client = createFulfillmentClient(mock.clientOptions);
    await client.PATCH("/partners/settings", { body: { webhookUrl: "http://127.0.0.1:9/webhooks" } });
    const { webhookSecret: secret = "" } = unwrap(await client.GET("/partners/settings/webhook-secret"));
    const times = { createdAt: "2026-01-01T00:00:00Z", updatedAt: "2026-01-01T00:00:00Z" };
    const payload = JSON.stringify({ order: { orderId: "o-1", status: "SHIPPED", ...times } });
    const deliver = async (key: string) => ({
      method: "POST",
      headers: { "x-juniper-signature": await signWebhook({ payload, secret: key }) },
      body: payload,
    });
    const deliveries = JSON.stringify([await deliver(secret), await deliver("another secret")]);
    await writeFile(
      join(consumer.folder, "deliver.ts"),
      `import { POST } from "./webhooks.ts";
       for (const init of ${deliveries}) console.log((await POST(new Request("https://shop.example/", init))).status);`,
    );
    expect(await run(...tsx, "deliver.ts")).toBe("o-1 SHIPPED\n200\n400\n");
  });
});

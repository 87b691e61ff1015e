import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFulfillmentClient, unwrap, verifyWebhook } from "juniper-fulfillment";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { type RunningCli, runCli, startCli } from "../support/cli.ts";
import { type CliApi, startCliApi } from "../support/cli-api.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../support/webhook-receiver.ts";

let api: CliApi;
let receiver: WebhookReceiver;
let folder: string;
let running: RunningCli | undefined;

beforeAll(async () => {
  api = await startCliApi();
  receiver = await startWebhookReceiver();
  folder = await mkdtemp(join(tmpdir(), "cli-listen-"));
});
afterEach(() => {
  running?.child.kill("SIGKILL");
  receiver.received.length = 0;
  receiver.status = 200;
});
afterAll(async () => {
  await receiver.close();
  await api.close();
  await rm(folder, { recursive: true, force: true });
});

const start = (...options: string[]): RunningCli => {
  const args = ["listen", "--forward-to", receiver.url, "--interval", "1", ...options];
  running = startCli(args, { ...api.env, JUNIPER_WEBHOOK_SECRET: "" });
  return running;
};

describe("listen", () => {
  test("asks for a secret where the partner has none", async () => {
    const { exitCode, stderr } = await runCli(["listen", "--forward-to", receiver.url], {
      ...api.env,
      JUNIPER_WEBHOOK_SECRET: "",
    });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("no webhook secret yet")]);
  });

  test("delivers each change signed with the partner's secret, and after a restart only what is new", async () => {
    const client = createFulfillmentClient(api.mock.clientOptions);
    const body = { webhookUrl: "http://127.0.0.1:9/webhooks" };
    unwrap(await client.PATCH("/partners/settings", { body }));
    const { webhookSecret: secret = "" } = unwrap(await client.GET("/partners/settings/webhook-secret"));
    const { id } = unwrap(await client.POST("/orders", { body: orderRequest }));
    const state = join(folder, "state");
    const first = start("--state", state);
    await first.said(new RegExp(`${id} {2}CREATED {2}.* 200 after`));
    await api.mock.advance(id, "SHIPPED");
    await first.said(new RegExp(`${id} {2}SHIPPED {2}.* 200 after`));
    expect((await first.stop()).exitCode).toBe(0);
    const events = receiver.received.map(({ payload, headers }) =>
      verifyWebhook({ payload, signature: String(headers["x-juniper-signature"]), secret }),
    );
    expect((await Promise.all(events)).map(({ order }) => [order.orderId, order.status])).toEqual([
      [id, "CREATED"],
      [id, "SHIPPED"],
    ]);
    expect(JSON.stringify(receiver.received)).not.toContain("Ada");

    receiver.received.length = 0;
    const other = unwrap(await client.POST("/orders", { body: orderRequest }));
    const second = start("--state", state, "--json");
    await second.said(new RegExp(`"orderId":"${other.id}"`));
    expect((await second.stop()).exitCode).toBe(0);
    expect(receiver.received.map(({ payload }) => JSON.parse(payload).order.orderId)).toEqual([other.id]);
  });

  test("says in a sentence that it can't remember what was delivered", async () => {
    const file = join(folder, "file");
    await writeFile(file, "");
    const args = ["listen", "--forward-to", receiver.url, "--secret", "s", "--state", file];
    const { exitCode, stdout, stderr } = await runCli(args, api.env);
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^Error: The folder of --state can't be read or written \([A-Z]+\)\.$/m);
    expect(stderr).not.toContain("    at ");
  });

  test("tries again while the receiver is down, and goes on after one that refuses", async () => {
    receiver.status = 503;
    const cli = start("--secret", "s");
    await cli.said(/503 after \d+ ms\. It is retried\./);
    receiver.received.length = 0;
    // Of a handler that is still at work on the order's earlier delivery.
    receiver.status = 409;
    while (receiver.received.length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    receiver.status = 400;
    await cli.said(/ {2}400 after/);
    expect((await cli.stop()).exitCode).toBe(0);
  });
});

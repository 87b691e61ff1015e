import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verifyWebhook } from "juniper-fulfillment";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { runCli, startCli } from "../support/cli.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../support/webhook-receiver.ts";

const secret = "the-secret-of-the-test";
const env = { JUNIPER_WEBHOOK_SECRET: secret };
let receiver: WebhookReceiver;
let folder: string;

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  folder = await mkdtemp(join(tmpdir(), "cli-webhooks-"));
});
afterAll(async () => {
  await receiver.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  receiver.received.length = 0;
  receiver.status = 200;
});

const verify = ({ payload, headers }: WebhookReceiver["received"][number]) =>
  verifyWebhook({ payload, signature: String(headers["x-juniper-signature"]), secret });

describe("trigger", () => {
  test("delivers a sample that verifies, in the shape of the vendor's guide", async () => {
    const { exitCode, stdout } = await runCli(
      ["trigger", "shipped", "--to", receiver.url, "--order", "o-7"],
      env,
    );
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^[\w-]{36} {2}200 after \d+ ms\n$/);
    const [delivery] = receiver.received;
    expect(delivery && (await verify(delivery)).order).toMatchObject({
      orderId: "o-7",
      status: "SHIPPED",
      fulfillmentInfo: { trackingStatus: "InTransit" },
    });
  });

  test("can come several times, and be too old", async () => {
    const args = ["trigger", "CREATED", "--to", receiver.url, "--duplicates", "2", "--age", "301"];
    await runCli(args, env);
    expect(receiver.received).toHaveLength(3);
    for (const delivery of receiver.received)
      await expect(verify(delivery)).rejects.toMatchObject({ reason: "too-old" });
  });

  test("ends with 1 when the receiver refuses, or is not there", async () => {
    receiver.status = 500;
    const refused = await runCli(["trigger", "SHIPPED", "--to", receiver.url, "--json"], env);
    expect([refused.exitCode, JSON.parse(refused.stdout).status]).toEqual([1, 500]);
    const nowhere = await runCli(["trigger", "SHIPPED", "--to", "http://127.0.0.1:1/"], env);
    expect(nowhere.exitCode).toBe(1);
    expect(nowhere.stdout).toContain("no response: ");
  });

  test("asks for what is missing, and sends nothing", async () => {
    const withoutSecret = await runCli(["trigger", "SHIPPED", "--to", receiver.url], {
      JUNIPER_WEBHOOK_SECRET: "",
    });
    const withoutUrl = await runCli(["trigger", "SHIPPED"], env);
    const withoutStatus = await runCli(["trigger", "--to", receiver.url], env);
    const withEmptyStatus = await runCli(["trigger", "", "--to", receiver.url], env);
    expect(
      [withoutSecret, withoutUrl, withoutStatus, withEmptyStatus].map(({ exitCode }) => exitCode),
    ).toEqual([2, 2, 2, 2]);
    expect(withoutSecret.stderr).toContain("JUNIPER_WEBHOOK_SECRET");
    expect(withoutUrl.stderr).toContain("--to must be a URL");
    expect(withoutStatus.stderr).toContain("Name one status");
    expect(receiver.received).toEqual([]);
  });
});

describe("replay", () => {
  const order = {
    orderId: "o-1",
    status: "SHIPPED",
    createdAt: "2026-01-01T00:00:00Z",
    updatedAt: "2026-01-02T00:00:00Z",
  };

  async function write(...lines: readonly string[]): Promise<string> {
    const file = join(folder, "deliveries.jsonl");
    await writeFile(file, `${lines.join("\n")}\n`);
    return file;
  }

  test("sends each recorded body again, byte for byte and signed anew", async () => {
    const body = `{ "order": ${JSON.stringify(order)} }`;
    const file = await write(body, "", JSON.stringify({ payload: body, webhookId: "w-2" }));
    const { exitCode, stderr } = await runCli(["replay", file, "--to", receiver.url], env);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("2 of 2 deliveries were accepted.");
    expect(receiver.received.map(({ payload }) => payload)).toEqual([body, body]);
    expect(receiver.received[1]?.headers["x-juniper-webhook-id"]).toBe("w-2");
    for (const delivery of receiver.received) expect((await verify(delivery)).order.orderId).toBe("o-1");
  });

  test("takes the mark of UTF-8 and the line breaks of Windows for no part of a delivery", async () => {
    const body = '{"order":{"orderId":"o-1","status":"SHIPPED"}}';
    const file = join(folder, "windows.jsonl");
    await writeFile(file, `\ufeff${body}\r\n\r\n`);
    const { exitCode } = await runCli(["replay", file, "--to", receiver.url], env);
    expect(exitCode).toBe(0);
    expect(receiver.received.map(({ payload }) => payload)).toEqual([body]);
  });

  test("sends nothing of a file with a line that isn't a delivery, and names the line alone", async () => {
    const file = await write(JSON.stringify({ order }), '{"customer": "Ada"}');
    const { exitCode, stderr } = await runCli(["replay", file, "--to", receiver.url], env);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Line 2 isn't a delivery");
    expect(stderr).not.toContain("Ada");
    expect(receiver.received).toEqual([]);
  });

  test.each([
    ["an order to be submitted", { reference: "r", order: { customer: { firstName: "Ada" } } }],
    ["an order in a payload", { payload: JSON.stringify({ order: { customer: { firstName: "Ada" } } }) }],
    ["a payload that is no JSON", { payload: "Ada" }],
    ["an event without a status", { order: { orderId: "o-1", firstName: "Ada" } }],
  ])("sends nothing of a file with %s, and names its line", async (_what, line) => {
    const file = await write(JSON.stringify({ order }), "", JSON.stringify(line));
    const { exitCode, stdout, stderr } = await runCli(["replay", file, "--to", receiver.url], env);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Line 3 isn't a delivery");
    expect(stdout + stderr).not.toContain("Ada");
    expect(receiver.received).toEqual([]);
  });

  test("names the line of a payload that can't be sent, before anything is", async () => {
    const file = await write(JSON.stringify({ order }), '{"payload": "\\ud800"}');
    const { exitCode, stderr } = await runCli(["replay", file, "--to", receiver.url], env);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Line 2 contains half of a surrogate pair");
    expect(receiver.received).toEqual([]);
  });

  test("ends at Ctrl+C while it waits for its input", async () => {
    const running = startCli(["replay", "-", "--to", receiver.url], {
      ...env,
      NODE_OPTIONS: "--import=data:text/javascript,console.error('ready')",
    });
    await running.said(/ready/);
    // The handler of the signal is there as soon as the program has read its arguments.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const { exitCode } = await running.stop();
    expect(exitCode).not.toBe(0);
  });

  test("shows no password of a receiver", async () => {
    const url = "http://user:hidden@127.0.0.1:9/";
    for (const words of [
      ["trigger", "SHIPPED"],
      ["replay", "-"],
    ]) {
      const { exitCode, stdout, stderr } = await runCli([...words, "--to", url], env);
      expect(exitCode).toBe(2);
      expect(stdout + stderr).not.toContain("hidden");
    }
  });

  test("says that a file can't be read", async () => {
    const { exitCode, stderr } = await runCli(["replay", join(folder, "nothing"), "--to", receiver.url], env);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("can't be read (ENOENT)");
  });
});

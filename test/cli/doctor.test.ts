import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { sqlLedger } from "juniper-fulfillment/stores";
import { type StatefulMockServer, startMockServer } from "juniper-fulfillment/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startScriptedServer } from "../../scripts/samples/scripted-server.ts";
import { createPool } from "../stores/stores.ts";
import { runCli } from "../support/cli.ts";
import { mockEnvironment } from "../support/mock-environment.ts";
import { postgresMissing, startPostgresServer } from "../support/postgres-server.ts";
import { redisMissing, startRedisServer } from "../support/redis-server.ts";
import { hurry, startSilentServer } from "../support/silent-server.ts";

let mock: StatefulMockServer;
let env: Record<string, string>;

beforeAll(async () => {
  mock = await startMockServer({ stateful: true });
  env = {
    ...mockEnvironment(mock),
    JUNIPER_LEDGER: "",
    REDIS_URL: "",
    DATABASE_URL: "",
  };
});
afterAll(() => mock.close());

async function findings(more: Record<string, string> = {}, ...args: string[]) {
  const { exitCode, stdout, stderr } = await runCli(["doctor", "--json", ...args], { ...env, ...more });
  const lines: { check: string; level: string; message: string }[] = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return {
    exitCode,
    output: stdout + stderr,
    levels: Object.fromEntries(lines.map(({ check, level }) => [check, level])),
    lines,
  };
}

describe("doctor", () => {
  test("finds nothing wrong where all is well, and writes nothing at the vendor", async () => {
    mock.requests.length = 0;
    const { exitCode, levels } = await findings();
    expect(exitCode).toBe(0);
    expect(levels).toMatchObject({ Node: "ok", environment: "ok", "sign-in": "ok", API: "ok", clock: "ok" });
    const writes = mock.requests.filter(
      ({ method, path }) => method !== "GET" && method !== "HEAD" && path !== "/oauth2/token",
    );
    expect(writes).toEqual([]);
  });

  test("says that the credentials are rejected, without showing them", async () => {
    const secret = "a-secret-that-is-wrong";
    const { exitCode, levels, output } = await findings({ JUNIPER_CLIENT_SECRET: secret });
    expect([exitCode, levels["sign-in"]]).toEqual([1, "error"]);
    expect(output).toContain("The credentials are rejected.");
    expect(output).not.toContain(secret);
  });

  test("says which variables are missing", async () => {
    const { exitCode, output } = await findings({ JUNIPER_CLIENT_ID: "" });
    expect(exitCode).toBe(1);
    expect(output).toContain("JUNIPER_CLIENT_ID must be set");
  });

  test("says that half of the addresses is none", async () => {
    const { exitCode, output } = await findings({ JUNIPER_TOKEN_URL: "" });
    expect(exitCode).toBe(1);
    expect(output).toContain("Set both JUNIPER_BASE_URL and JUNIPER_TOKEN_URL, or neither.");
  });

  test("says that the API can't be reached", async () => {
    const { exitCode, output } = await findings({ JUNIPER_BASE_URL: "http://127.0.0.1:1/v1" });
    expect(exitCode).toBe(1);
    expect(output).toContain("ECONNREFUSED");
  });

  /** An API that gives these settings and this secret. */
  const startApi = (settings: object, webhookSecret: string, status = 200) =>
    startScriptedServer(({ path }) => {
      if (path.startsWith("/oauth2"))
        return { json: { access_token: "t", token_type: "Bearer", expires_in: 3600 } };
      return { status, json: path.endsWith("webhook-secret") ? { webhookSecret } : settings };
    });
  const at = ({ origin }: { origin: string }) => ({
    JUNIPER_BASE_URL: `${origin}/v1`,
    JUNIPER_TOKEN_URL: `${origin}/oauth2/token`,
  });
  const webhookUrl = "https://shop.example/webhooks";

  test.each([
    ["no webhookUrl is set, though there is a secret", {}, "", "warning", "No webhookUrl is set."],
    ["all is set", { webhookUrl }, "whsec_now", "ok", "A webhookUrl and a secret are set."],
    [
      "deliveries are verified with another secret",
      { webhookUrl },
      "whsec_old",
      "error",
      "is not the API's secret.",
    ],
  ])("says of webhooks that %s", async (_what, settings, own, level, message) => {
    const server = await startApi(settings, "whsec_now");
    const { lines, output } = await findings({ ...at(server), JUNIPER_WEBHOOK_SECRET: own });
    await server.close();
    expect(lines.find(({ check }) => check === "webhooks")).toMatchObject({
      level,
      message: expect.stringContaining(message),
    });
    expect(output).not.toContain("whsec_");
  });

  test("says of a webhook secret with a line break that this is what is wrong with it", async () => {
    const server = await startApi({ webhookUrl }, "whsec_now");
    const { exitCode, lines } = await findings({ ...at(server), JUNIPER_WEBHOOK_SECRET: "whsec_now\n" });
    await server.close();
    expect(exitCode).toBe(1);
    expect(lines.find(({ check }) => check === "webhooks")).toMatchObject({
      hint: expect.stringContaining("Remove the blank or the line break"),
    });
  });

  test("says that the API can't be reached where signing in is possible", async () => {
    const server = await startApi({}, "");
    const { exitCode, levels } = await findings({ ...at(server), JUNIPER_BASE_URL: "http://127.0.0.1:1/v1" });
    await server.close();
    expect(exitCode).toBe(1);
    expect(levels).toMatchObject({ "sign-in": "ok", API: "error" });
  });

  test.each([
    [403, "Ask the vendor for the permission."],
    [404, "its path is a part of it, such as /v1"],
  ])("gives advice that fits a %d", async (status, advice) => {
    const server = await startApi({}, "", status);
    const { exitCode, lines } = await findings(at(server));
    await server.close();
    expect(exitCode).toBe(1);
    expect(lines.find(({ check }) => check === "API")).toMatchObject({
      hint: expect.stringContaining(advice),
    });
  });

  test("says what is wrong with the environment, and gives advice on credentials for those alone", async () => {
    const { lines } = await findings({ JUNIPER_ENVIRONMENT: "Production" });
    const environment = lines.find(({ check }) => check === "environment");
    expect(environment).toMatchObject({ level: "error" });
    expect(environment).not.toHaveProperty("hint");
    const { output } = await findings({ JUNIPER_CLIENT_SECRET: `${env.JUNIPER_CLIENT_SECRET}\r` });
    expect(output).toContain("JUNIPER_CLIENT_SECRET: remove the blank or the line break");
  });

  test("says how far the clock is off", async () => {
    const late = new Date(Date.now() - 400_000).toUTCString();
    const server = await startScriptedServer(({ path }) => ({
      headers: { date: late },
      json: path.startsWith("/oauth2") ? { access_token: "t", token_type: "Bearer", expires_in: 3600 } : {},
    }));
    const { exitCode, lines } = await findings({
      JUNIPER_BASE_URL: `${server.origin}/v1`,
      JUNIPER_TOKEN_URL: `${server.origin}/oauth2/token`,
    });
    await server.close();
    expect(exitCode).toBe(1);
    expect(lines.find(({ check }) => check === "clock")).toMatchObject({
      level: "error",
      message: expect.stringMatching(/^4\d\d s ahead/),
    });
  });

  test.skipIf(redisMissing !== "").each([
    [{ appendonly: "no" }, "set appendonly to"],
    [{ appendfsync: "no" }, "set appendfsync to"],
    [{ "maxmemory-policy": "allkeys-lru" }, "set maxmemory-policy to"],
  ])(`says what a ledger would not accept of a Redis: %j${redisMissing}`, async (settings, message) => {
    const redis = await startRedisServer(settings as Record<string, string>);
    const { exitCode, output } = await findings({ REDIS_URL: redis.url });
    await redis.close();
    expect([exitCode, output]).toEqual([1, expect.stringContaining(message)]);
  });

  test.skipIf(redisMissing !== "")(
    `takes no database of a Redis for another one${redisMissing}`,
    async () => {
      const redis = await startRedisServer();
      const where = { REDIS_URL: `${redis.url}/99`, JUNIPER_LEDGER: `${redis.url}/15` };
      const { exitCode, output } = await findings(where);
      await redis.close();
      expect([exitCode, output]).toEqual([1, expect.stringContaining("That Redis has no such database.")]);
      expect(output.match(/"reachable"/g)).toHaveLength(1);
    },
  );

  test.skipIf(redisMissing !== "")(
    `says that nothing can be entered in a Redis, for a replica and a user who may not${redisMissing}`,
    async () => {
      const redis = await startRedisServer();
      const { host } = new URL(redis.url);
      const replica = await startRedisServer({ replicaof: host.replace(":", " ") });
      const admin = new Redis(redis.url);
      await admin.call("ACL", "SETUSER", "reader", "on", ">word", "~*", "&*", "+@all", "-@write");
      await admin.call("ACL", "SETUSER", "shop", "on", ">word", "~shop:*", "&*", "+@all");
      const as = (user: string) => ({ JUNIPER_LEDGER: `redis://${user}:word@${host}` });
      const refused = [await findings({ JUNIPER_LEDGER: replica.url }), await findings(as("reader"))];
      refused.push(await findings(as("shop")));
      const taken = await findings(as("shop"), "--ledger-prefix", "shop:");
      const keys = await admin.keys("*");
      admin.disconnect();
      await Promise.all([redis.close(), replica.close()]);
      for (const { exitCode, output } of refused) {
        expect([exitCode, output]).toEqual([1, expect.stringContaining("It takes nothing new")]);
        expect(output).not.toContain('"reachable"');
      }
      expect([taken.exitCode, keys]).toEqual([0, []]);
    },
  );

  test.skipIf(postgresMissing !== "")(
    `says that nothing can be entered in a PostgreSQL, for what is read-only and a role that may not${postgresMissing}`,
    async () => {
      const postgres = await startPostgresServer();
      const pool = createPool(postgres.url);
      await pool.query("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
      for (const role of ["reader", "writer", "stopped"]) await pool.query(`CREATE ROLE ${role} LOGIN`);
      await pool.query("ALTER ROLE stopped SET default_transaction_read_only = on");
      const as = (role: string, ...args: string[]) =>
        findings({ JUNIPER_LEDGER: postgres.url.replace("//postgres@", `//${role}@`) }, ...args);
      expect((await as("writer")).output).toContain("may not write");
      await sqlLedger(pool).get("made");
      await sqlLedger(pool, { table: "public.shop" }).get("made");
      await pool.query("GRANT ALL ON juniper_fulfillment_ledger TO writer, stopped");
      await pool.query("GRANT SELECT ON juniper_fulfillment_ledger TO reader");
      const [reader, writer, stopped] = [await as("reader"), await as("writer"), await as("stopped")];
      const elsewhere = await as("writer", "--ledger-table", "public.shop");
      await pool.end();
      await postgres.close();
      expect([writer.exitCode, writer.output]).toEqual([0, expect.stringContaining('"reachable"')]);
      for (const { exitCode, output } of [reader, elsewhere])
        expect([exitCode, output]).toEqual([1, expect.stringContaining("Its role may not write")]);
      expect([stopped.exitCode, stopped.output]).toEqual([1, expect.stringContaining("It is read-only.")]);
    },
  );

  test.skipIf(postgresMissing !== "")(
    `says what a ledger would not accept of a PostgreSQL, and makes no table there${postgresMissing}`,
    async () => {
      const postgres = await startPostgresServer();
      const pool = createPool(postgres.url);
      expect((await findings({ DATABASE_URL: postgres.url })).exitCode).toBe(0);
      expect((await pool.query("SELECT 1 FROM pg_tables WHERE schemaname = 'public'")).rows).toEqual([]);
      await sqlLedger(pool).get("key");
      await pool.query("ALTER TABLE juniper_fulfillment_ledger SET UNLOGGED");
      const { exitCode, output } = await findings({ DATABASE_URL: postgres.url });
      await sqlLedger(pool, { table: "Shop" }).get("key");
      const another = await findings({ DATABASE_URL: postgres.url }, "--ledger-table", "Shop");
      const wrong = await runCli(["doctor", "--ledger-table", "no table"], env);
      await pool.end();
      await postgres.close();
      expect([exitCode, output]).toEqual([1, expect.stringContaining("Its table is unlogged")]);
      expect([another.exitCode, wrong.exitCode]).toEqual([0, 2]);
    },
  );

  test.each([
    ["REDIS_URL", "redis:shop:hidden@h:99999", "REDIS_URL is not a server address."],
    ["REDIS_URL", "redis://u:hidden@h/abc", "REDIS_URL is not a server address."],
    ["REDIS_URL", "redis://u:hidden@h/-1", "REDIS_URL is not a server address."],
    ["JUNIPER_LEDGER", "redis:u:hid/den@h:6379", "JUNIPER_LEDGER is not a server address."],
    ["DATABASE_URL", "postgres:u:hidden@h/d", "DATABASE_URL is not a server address."],
    [
      "DATABASE_URL",
      "postgres://u:hidden@127.0.0.1:1/d?sslrootcert=/no/such/file",
      "The driver can't use that address (ENOENT).",
    ],
  ])("says that an address can't be used, and comes to its end: %s=%s", async (name, where, message) => {
    const { exitCode, lines, output } = await findings({ [name]: where });
    expect([exitCode, lines.at(-1)]).toEqual([1, expect.objectContaining({ level: "error", message })]);
    expect(output).not.toMatch(/hidden|hid\/den| {4}at /);
  });

  test("says that a store can't be reached, without its address", async () => {
    const { exitCode, output } = await findings({
      REDIS_URL: "redis://:hidden@127.0.0.1:1",
      DATABASE_URL: "postgres://u:hidden@127.0.0.1:1/shop",
    });
    expect(exitCode).toBe(1);
    expect(output).toContain("It can't be reached (ECONNREFUSED).");
    expect(output).not.toContain("hidden");
  });

  test("says that a store says nothing, and does not wait for it without end", async () => {
    const server = await startSilentServer();
    const { exitCode, output } = await findings({
      REDIS_URL: server.redis,
      DATABASE_URL: server.postgres,
      ...hurry,
    });
    server.close();
    expect(exitCode).toBe(1);
    expect(output.match(/"It can't be reached \(ETIMEDOUT\)\."/g)).toHaveLength(2);
  });

  test("says that orders can't be submitted with the ledger, without its address", async () => {
    const file = fileURLToPath(import.meta.url);
    for (const [where, message] of [
      ["postgres://u:hidden@127.0.0.1:1/shop", "It can't be reached (ECONNREFUSED)."],
      ["rediss://u:hid#den@127.0.0.1:1", "JUNIPER_LEDGER is not a server address."],
      [`file:${file}`, "Its folder can't be used (ENOTDIR)."],
      ["mysql://u:hidden@h/d", "JUNIPER_LEDGER is not a ledger."],
    ] as const) {
      const { exitCode, output } = await findings({ JUNIPER_LEDGER: where });
      expect([exitCode, output]).toEqual([1, expect.stringContaining(message)]);
      expect(output).not.toMatch(/hidden|hid#den/);
    }
  });

  test("finds nothing wrong with the folder of a ledger, and doesn't make it", async () => {
    const folder = join(tmpdir(), `cli-doctor-${process.pid}`, "ledger");
    const { exitCode, levels } = await findings({ JUNIPER_LEDGER: `file:${folder}` });
    expect([exitCode, levels.ledger, existsSync(folder)]).toEqual([0, "ok", false]);
  });

  test("says that the folder of a ledger can't be used in which a file is in the way", async () => {
    const folder = await mkdtemp(join(tmpdir(), "cli-doctor-"));
    await writeFile(join(folder, "open"), "");
    const { exitCode, output } = await findings({ JUNIPER_LEDGER: `file:${folder}` });
    await rm(folder, { recursive: true });
    expect([exitCode, output]).toEqual([1, expect.stringContaining("Its folder can't be used (ENOTDIR).")]);
  });

  test("names a proxy once where both spellings of its variable hold it", async () => {
    const HTTPS_PROXY = "http://proxy.example:3128";
    const { lines } = await findings({ HTTPS_PROXY, https_proxy: HTTPS_PROXY });
    expect(lines.filter(({ check }) => check === "proxy")).toHaveLength(1);
  });

  test("takes a proxy that is no URL for a mistake, and shows no password of one that is", async () => {
    const { output, levels } = await findings({ HTTPS_PROXY: "http://user:hidden@proxy.example:3128" });
    expect(levels.proxy).toBe("ok");
    expect(output).toContain("proxy.example:3128");
    expect(output).not.toContain("hidden");
    for (const HTTPS_PROXY of ["no url", "pw::"])
      expect((await findings({ HTTPS_PROXY })).levels.proxy).toBe("error");
  });
});

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { signWebhook } from "juniper-fulfillment";

/**
 * Runs one recipe and sends it deliveries: a genuine one, the same again, a stale one, and three that must be
 * refused. Prints the status of each response, between what the recipe prints.
 */
const recipes = ["node-http", "express", "fastify", "hono", "fetch"];
const [name = ""] = process.argv.slice(2);
if (!recipes.includes(name)) {
  console.error(`Name the recipe to try: ${recipes.join(", ")}.`);
  process.exit(2);
}

const secret = randomBytes(32).toString("hex");
const port = await freePort();
// On Node, a server of three lines calls what Bun, Deno or a Worker would call.
const file = name === "fetch" ? "serve-fetch.ts" : `${name}.ts`;
const env = { ...process.env, PORT: String(port), JUNIPER_WEBHOOK_SECRET: secret };
const recipe = spawn(process.execPath, [...process.execArgv, fileURLToPath(new URL(file, import.meta.url))], {
  env,
  stdio: "inherit",
});
const ended = once(recipe, "exit");

/** Blanks and characters beyond ASCII: a body that is parsed and serialized again is not the same. */
const body = (status: string, minute: number): string =>
  `{ "order": { "orderId": "o-1", "status": "${status}",\n  "createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:0${minute}:00Z",\n  "note": "caf\\u00e9 ☕ 1.0" } }`;

const deliver = async (what: string, payload: string, signature: string): Promise<void> => {
  const headers = { "content-type": "application/json", "x-juniper-signature": signature };
  const { status } = await fetch(`http://localhost:${port}/webhooks`, {
    method: "POST",
    headers,
    body: payload,
  });
  console.log(`${what}: ${status}`);
};

try {
  await untilItListens();
  const shipped = body("SHIPPED", 2);
  const signature = await signWebhook({ payload: shipped, secret });
  await deliver("a genuine delivery", shipped, signature);
  await deliver("the same again", shipped, await signWebhook({ payload: shipped, secret }));
  const processing = body("PROCESSING", 1);
  await deliver("a stale one", processing, await signWebhook({ payload: processing, secret }));
  await deliver("one that was altered", shipped.replace("SHIPPED", "CREATED"), signature);
  await deliver("one with another secret", shipped, await signWebhook({ payload: shipped, secret: "guess" }));
  const timestampSeconds = Math.floor(Date.now() / 1000) - 301;
  await deliver(
    "one from long ago",
    shipped,
    await signWebhook({ payload: shipped, secret, timestampSeconds }),
  );
} finally {
  recipe.kill();
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function untilItListens(): Promise<void> {
  for (const deadlineMs = Date.now() + 20_000; Date.now() < deadlineMs; ) {
    if (recipe.exitCode !== null) throw new Error("The recipe ended.");
    if (await fetch(`http://localhost:${port}/`).catch(() => undefined)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("The recipe does not listen.");
}

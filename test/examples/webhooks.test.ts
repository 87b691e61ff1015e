import { join } from "node:path";
import { expect, test } from "vitest";
import { execute } from "../../scripts/package/execute.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";

const tsx = [join("node_modules", "tsx", "dist", "cli.mjs"), "--conditions=juniper-fulfillment-source"];

test.each([
  "node-http",
  "express",
  "fastify",
  "hono",
  "fetch",
])("the webhook recipe %s takes genuine deliveries once, and refuses all others", async (recipe) => {
  const args = [...tsx, "examples/webhooks/try.ts", recipe];
  const { exitCode, stdout, stderr } = await execute(process.execPath, args, projectRoot);
  expect(stderr).toBe("");
  expect(exitCode).toBe(0);
  expect(stdout.trim().split("\n")).toEqual([
    "order o-1 is SHIPPED",
    "a genuine delivery: 200",
    "the same again: 200",
    "order o-1 is PROCESSING (stale: SHIPPED has been handled)",
    "a stale one: 200",
    "one that was altered: 400",
    "one with another secret: 400",
    "one from long ago: 400",
  ]);
});

test("an unknown recipe is answered with those that there are", async () => {
  const args = [...tsx, "examples/webhooks/try.ts", "koa"];
  const { exitCode, stderr } = await execute(process.execPath, args, projectRoot);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("node-http, express, fastify, hono, fetch");
});

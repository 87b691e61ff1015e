import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { operations } from "../support/documents.ts";
import { execute } from "../support/execute.ts";
import { projectRoot } from "../support/project-root.ts";

const tsx = ["tsx", "--conditions=juniper-fulfillment-source"];

describe("npm start", () => {
  test("walks through the life of an order, shows both spellings, and ends with 0", async () => {
    const { exitCode, stdout } = await execute("npx", [...tsx, "scripts/start.ts"], projectRoot);
    expect(exitCode).toBe(0);
    for (const call of [
      "POST /oauth2/token",
      "POST /v1/protocols",
      "POST /v1/orders",
      "PATCH /v1/partners/settings",
    ]) {
      expect(stdout).toContain(call);
    }
    expect(stdout).toMatch(/you wrote .*orderType: "ONE_TIME", zipCode: "94301"/);
    expect(stdout).toMatch(/you got .*orderType: "ONE_TIME", zipCode: "94301"/);
  });
});

describe("npm run mock", () => {
  test("serves on its port until it is stopped, and says how to point a client at it", async () => {
    const child = spawn(
      process.execPath,
      ["--import", "tsx", "-C", "juniper-fulfillment-source", "scripts/mock.ts", "--port", "0"],
      {
        cwd: projectRoot,
      },
    );
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    const baseUrl = await new Promise<string>((resolve) => {
      child.stdout.on("data", () => {
        const found = /listens at (\S+)\. /.exec(output)?.[1];
        if (found && output.includes("curl")) resolve(found);
      });
    });
    expect(output).toContain("createFulfillmentClient({");
    const response = await fetch(`${baseUrl}/products`, { headers: { authorization: "Bearer any" } });
    expect(response.status).toBe(200);
    child.kill("SIGTERM");
    const [exitCode] = await once(child, "exit");
    expect(exitCode).toBe(0);
    expect(output).toContain("Stopped after 1 requests.");
  });

  test("says what is wrong with a port", async () => {
    const { exitCode, stderr } = await execute(
      "npx",
      [...tsx, "scripts/mock.ts", "--port", "eighty"],
      projectRoot,
    );
    expect(stderr).toContain("--port must be a number from 0 to 65535.");
    expect(exitCode).toBe(2);
  });
});

test("the document has the sixteen operations", () => {
  expect(operations).toHaveLength(16);
});

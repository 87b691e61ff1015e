import { spawn } from "node:child_process";
import { once } from "node:events";
import { createFulfillmentClient, unwrap } from "juniper-fulfillment";
import { describe, expect, test } from "vitest";
import { execute } from "../../scripts/package/execute.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { orderSpellings } from "../../scripts/samples/wire-spellings.ts";

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
    for (const told of ["webhook PROCESSING 200", "webhook SHIPPED 200", "webhook CANCELLED 200"]) {
      expect(stdout).toContain(told);
    }
    expect(stdout).toContain("a webhook arrived, its signature is right: SHIPPED");
    expect(stdout).toContain("ValidationError: Order can only be cancelled while in NEW status");
    expect(stdout).toMatch(/submitOrder found it, and did not send it again\n {4}orders stored: 1\n/);
    for (const told of [
      /OutcomeUnknownError: the connection broke/,
      /, sent once, since /,
      /: not-placed\. The/,
    ]) {
      expect(stdout).toMatch(told);
    }
    expect(stdout).toMatch(/: created\. Orders stored: 1\n/);
    for (const { kind, user } of orderSpellings) {
      const shown = kind === "name" ? `${user}: ` : `: "${user}"`;
      expect(stdout).toMatch(new RegExp(`you wrote .*${shown}`));
      expect(stdout).toMatch(new RegExp(`you got .*${shown}`));
    }
  });
});

describe("npm run mock", () => {
  test("serves on its port until it is stopped, and says how to point a client at it", async () => {
    const child = spawn(
      process.execPath,
      ["--import", "tsx", "-C", "juniper-fulfillment-source", "src/cli/main.ts", "mock", "--port", "0"],
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
    const [exitCode] = await once(child, "close");
    expect(exitCode).toBe(0);
    expect(output).toContain("Stopped after 1 requests.");
  });

  test("with --stateful keeps orders, and takes commands that move them on", async () => {
    const flags = ["--import", "tsx", "-C", "juniper-fulfillment-source"];
    const child = spawn(
      process.execPath,
      [...flags, "src/cli/main.ts", "mock", "--port", "0", "--stateful"],
      {
        cwd: projectRoot,
      },
    );
    let output = "";
    const said = (pattern: RegExp): Promise<RegExpExecArray> =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = pattern.exec(output);
          if (found) resolve(found);
          else child.stdout.once("data", look);
        };
        look();
      });
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    const [, baseUrl = ""] = await said(/listens at (\S+)\. [\s\S]*help/);
    const tokenUrl = baseUrl.replace("/v1", "/oauth2/token");
    const credentials = { clientId: "mock-client", clientSecret: "mock-secret" };
    const client = createFulfillmentClient({ ...credentials, baseUrl, tokenUrl });
    const { id } = unwrap(await client.POST("/orders", { body: orderRequest }));
    await said(/POST \/v1\/orders 201/);
    child.stdin.write(`advance ${id} shipped\norders\nadvance ${id} created\nnonsense\n`);
    await said(/There is no command "nonsense"/);
    expect(output).toContain(`${id} is SHIPPED.\nNo webhook was sent`);
    expect(output).toContain(`${id}  SHIPPED           38.61`);
    expect(output).toContain("The order can't be moved to CREATED: it is SHIPPED, which comes later.");
    child.kill("SIGTERM");
    const [exitCode] = await once(child, "close");
    expect(exitCode).toBe(0);
  });

  test("says what is wrong with a port", async () => {
    const { exitCode, stderr } = await execute(
      "npx",
      [...tsx, "src/cli/main.ts", "mock", "--port", "eighty"],
      projectRoot,
    );
    expect(stderr).toContain("--port must be a whole number from 0 to 65535.");
    expect(exitCode).toBe(2);
  });
});

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type MockServer, startMockServer } from "juniper-fulfillment/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeSamplesOf } from "../../scripts/docs/code-samples.ts";
import { curlSample } from "../../scripts/docs/curl-sample.ts";
import { operationPages } from "../../scripts/docs/operation-pages.ts";
import { signInCurl, signInSample, webhookSample } from "../../scripts/docs/sign-in.ts";
import {
  type JsonObject,
  listOperations,
  parseDocument,
  visitObjects,
} from "../../scripts/document/document.ts";
import { type Discrepancy, readRegister } from "../../scripts/document/register.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { orderSpellings, wireSpellings } from "../../scripts/samples/wire-spellings.ts";
import { compileErrors } from "../support/compile-examples.ts";

const read = (path: string): JsonObject => parseDocument(readFileSync(join(projectRoot, path), "utf8"), path);
const corrected = read("openapi/corrected.yaml");
const wire = read("openapi/wire.yaml");
const operations = listOperations(corrected);

describe("the code samples of the API reference", () => {
  const samples = operations.flatMap((operation) =>
    codeSamplesOf(corrected, operation).map(({ label, source }) => ({
      place: `${operation.key}, ${label}`,
      code: source,
    })),
  );
  samples.push({ place: "sign-in", code: signInSample }, { place: "webhook", code: webhookSample });
  const errors = compileErrors(samples);
  for (const { place, code } of samples) {
    test(`compile, and call this client: ${place}`, () => {
      expect(errors.get(place)).toEqual([]);
      expect(code).toContain('from "juniper-fulfillment"');
    });
  }

  test("are there for each operation", () => {
    const places = new Set(samples.map(({ place }) => place.split(",")[0]));
    expect([...places]).toEqual([...operations.map(({ key }) => key), "sign-in", "webhook"]);
  });

  test("hold bodies in the user's spelling", () => {
    const [order] = samples.filter(({ place }) => place === "POST /orders, any call");
    for (const { kind, user, wire } of orderSpellings) {
      const [ours, theirs] = kind === "name" ? [` ${user}: `, ` ${wire}: `] : [`: "${user}"`, `: "${wire}"`];
      expect(order?.code).toContain(ours);
      expect(order?.code).not.toContain(theirs);
    }
  });
});

describe("the samples for curl", () => {
  let mock: MockServer;
  let folder: string;
  let token: string;
  beforeAll(async () => {
    mock = await startMockServer();
    const { clientId: client_id, clientSecret: client_secret } = mock.clientOptions;
    const body = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
    token = (await (await fetch(mock.tokenUrl, { method: "POST", body })).json()).access_token;
    folder = await mkdtemp(join(tmpdir(), "curl-samples-"));
  });
  afterAll(async () => {
    await mock?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** What a sample prints, sent to the mock by a shell. */
  async function run(sample: string, from: string, to: string): Promise<string> {
    expect(sample).toContain(`'${from}`);
    const file = join(folder, "sample.sh");
    await writeFile(file, sample.replaceAll(`'${from}`, `-s -S --fail-with-body '${to}`));
    const { clientId, clientSecret } = mock.clientOptions;
    const variables = {
      JUNIPER_ACCESS_TOKEN: token,
      JUNIPER_CLIENT_ID: clientId,
      JUNIPER_CLIENT_SECRET: clientSecret,
    };
    const { stdout } = await promisify(execFile)("sh", [file], { env: { ...process.env, ...variables } });
    return stdout;
  }

  for (const operation of operations) {
    test(`are what the API takes: ${operation.key}`, async () => {
      const server = "https://api.fulfillment.sandbox.juniperhealth.com/v1";
      const printed = await run(curlSample(wire, operation, server), server, mock.baseUrl);
      expect(JSON.parse(printed)).toBeTypeOf("object");
      mock.expectNoViolations();
    });
  }

  test("are what the token endpoint takes", async () => {
    const address = "https://auth.fulfillment.sandbox.juniperhealth.com/oauth2/token";
    expect(JSON.parse(await run(signInCurl(address), address, mock.tokenUrl))).toHaveProperty("access_token");
  });

  test("leave nothing of a value to the shell", () => {
    const [create] = operations.filter(({ key }) => key === "POST /orders");
    const hostile = structuredClone(wire);
    visitObjects(hostile, (object) => {
      if (Array.isArray(object.examples) && object.type === "string") object.examples = ["it's $(id) `id`"];
    });
    if (create === undefined) throw new Error("No POST /orders.");
    expect(curlSample(hostile, create, "https://api.example.com")).toContain("it'\\''s $(id) `id`");
  });
});

describe("the pages of the operations", () => {
  const register = readRegister(read("openapi/corrections.yaml"), "it");
  const documents = {
    corrected,
    wire,
    auth: read("openapi/auth.yaml"),
    corrections: read("openapi/corrections.yaml"),
  };

  test("say how a corrected property travels, and link to its discrepancy", async () => {
    const text = (await operationPages(documents)).map((page) => page.text).join("\n");
    for (const { id, kind, user, wire: sent } of wireSpellings) {
      const words =
        kind === "name"
          ? `It is sent and received as \`${sent}\`.`
          : `\`${user}\` is sent and received as \`${sent}\`.`;
      expect(text).toContain(`${words} [${id}](../discrepancies.md#${id.toLowerCase()}).`);
    }
  });

  test("list the discrepancies that an operation meets, kept ones too, and none on others", async () => {
    const pages = await operationPages(documents);
    const entriesOn = (path: string): Discrepancy[] =>
      register.filter(({ id }) => pages.find((page) => page.path === path)?.text.includes(`- [${id}]`));
    const met = entriesOn("operations/create-order.md");
    expect(new Set(met.map(({ isKept }) => isKept))).toEqual(new Set([true, false]));
    expect(entriesOn("operations/list-shipping-methods.md")).toEqual([]);
  });
});

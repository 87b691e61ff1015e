import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import type { JsonObject } from "../../scripts/document/document.ts";
import { applyOverlay, readOverlay } from "../../scripts/document/overlay.ts";
import { translateExamples } from "../../scripts/generate/translate-examples.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import {
  type Script,
  type ScriptedServer,
  startScriptedServer,
} from "../../scripts/samples/scripted-server.ts";
import { wireSpellings } from "../../scripts/samples/wire-spellings.ts";
import { type Pulled, pullDocument } from "../../scripts/spec/pull/pull-document.ts";
import { renderVerdict } from "../../scripts/spec/render-verdict.ts";
import { corrections, published, wire, withoutMarks } from "../support/documents.ts";
import { ways } from "../support/layouts.ts";

// biome-ignore lint/suspicious/noExplicitAny: the edits below know the document.
type Editable = any;

let folder: string;
let server: ScriptedServer;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pulled-"));
  server = await startScriptedServer(() => ({ status: 404 }));
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

type Taken = Extract<Pulled, { status: "new" }>;

async function pullText(text: string): Promise<Pulled> {
  const from = join(folder, `document-${count++}.yaml`);
  await writeFile(from, text);
  return pullDocument({ root: projectRoot, from });
}

async function take(document: string | JsonObject): Promise<Taken> {
  const text =
    typeof document === "string" ? document : stringify(document, { aliasDuplicateObjects: false });
  const pulled = await pullText(text);
  if (pulled.status !== "new") throw new Error("It was nothing new.");
  return pulled;
}

function edited(edit: (document: Editable) => void, ...layout: readonly string[]): JsonObject {
  const document: Editable = structuredClone(published);
  edit(document);
  return layout.reduce((one, name) => ways[name]?.(one) ?? one, document);
}

const refusalOf = (script: Script): Promise<string> => {
  server.script = script;
  return pullDocument({ root: projectRoot, from: `${server.origin}/index.yaml` }).then(
    () => "it was taken",
    ({ name, message }: Error) => `${name}: ${message}`,
  );
};

/** The generated sources that would change. */
async function changedSources({ files }: Taken): Promise<string[]> {
  const changed: string[] = [];
  for (const [path, text] of files) {
    if (path.startsWith("src/") && text !== (await readFile(join(projectRoot, path), "utf8")))
      changed.push(path);
  }
  return changed;
}

async function expectSameApi(taken: Taken): Promise<void> {
  expect(renderVerdict(taken.verdict, taken.source)).toContain(
    "The API is the same; only the layout of its document changed. No release.",
  );
  expect(taken.verdict.generation.problems).toEqual([]);
  expect(taken.verdict.corrections.filter(({ standing }) => standing !== "holds")).toEqual([]);
  expect(await changedSources(taken)).toEqual([]);
  expect([...taken.files.keys()].filter((path) => path.startsWith(".changeset"))).toEqual([]);
}

const changes = ({ verdict }: Taken): string[] => verdict.users.changes.map(({ text }) => text);

const schemas = (document: Editable): Editable => document.components.schemas;

const actions = readOverlay(corrections, "corrections.yaml");
/** A correction of a field's or a value's spelling, if there is one. */
const corrected = wireSpellings[0]?.id ?? actions[0]?.id ?? "";

/** The document in which the vendor has fixed it. */
async function fixed(): Promise<JsonObject> {
  const own = actions.filter(({ id }) => id === corrected);
  const { webhooks: _, ...document } = withoutMarks(
    translateExamples(await applyOverlay(wire, own)),
  ) as Editable;
  // The vendor's document has no webhooks: those of ours are in `wire` alone.
  for (const name of Object.keys(schemas(document)).filter((each) => each.startsWith("OrderStatusEvent")))
    delete schemas(document)[name];
  return document;
}

describe("the same API", () => {
  test("in several files, each path in one of its own", async () => {
    const place = join(folder, "split");
    await mkdir(join(place, "paths"), { recursive: true });
    const { paths, components, ...rest } = structuredClone(published) as Editable;
    const items = Object.entries(paths).map(([path, item], index) => {
      const text = stringify(item).replaceAll("#/components", "../components.yaml#");
      return [path, `paths/${index}.yaml`, text] as const;
    });
    for (const [, file, text] of items) await writeFile(join(place, file), text);
    await writeFile(join(place, "components.yaml"), stringify(components).replaceAll("#/components", "#"));
    const index = {
      ...rest,
      paths: Object.fromEntries(items.map(([path, file]) => [path, { $ref: file }])),
      components: { securitySchemes: components.securitySchemes },
    };
    const from = join(place, "index.yaml");
    await writeFile(from, stringify(index));
    const pulled = await pullDocument({ root: projectRoot, from });
    if (pulled.status !== "new") throw new Error("It was nothing new.");
    await expectSameApi(pulled);
  });

  test("with a byte order mark and the line ends of Windows", async () => {
    await expectSameApi(await take(`\uFEFF${stringify(published)}`.replaceAll("\n", "\r\n")));
  });

  test("packed on its way", async () => {
    server.script = (_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(stringify(published)));
      return undefined;
    };
    const pulled = await pullDocument({ root: projectRoot, from: `${server.origin}/index.yaml` });
    if (pulled.status !== "new") throw new Error("It was nothing new.");
    await expectSameApi(pulled);
  });

  test("with merge keys", async () => {
    const text = stringify(published, { aliasDuplicateObjects: false }).replace(
      "    ProtocolDaysSupply:\n",
      "    ProtocolDaysSupply:\n      <<: { type: integer }\n",
    );
    await expectSameApi(
      await take(text.replace("<<: { type: integer }\n      type: integer", "<<: { type: integer }")),
    );
  });

  test("whose webhook the bundle has too", async () => {
    const event = {
      post: {
        requestBody: {
          required: true,
          content: {
            "application/json": {
              schema: {
                type: "object",
                required: ["order"],
                properties: {
                  order: {
                    type: "object",
                    required: ["orderId", "status", "createdAt", "updatedAt"],
                    properties: { orderId: { type: "string" }, extra: { type: "string" } },
                  },
                },
              },
            },
          },
        },
        responses: { "200": { description: "Taken." } },
      },
    };
    const taken = await take(edited((document) => (document.webhooks = { "order-status-updated": event })));
    expect(changes(taken).join("\n")).toMatch(/OrderStatusEventOrder\.extra` was added/);
    expect(taken.verdict.users.types.removed).not.toContain('webhooks["orderStatusUpdated"]');
  });
});

describe("a discrepancy that the vendor has fixed is named alone", () => {
  for (const layout of [
    [],
    ["only three components, everything else inline"],
    ["a component for each place", "OpenAPI 3.0", "the version in the paths"],
  ]) {
    test(`in the layout: ${layout.join(" + ") || "as it was"}`, async () => {
      const document = layout.reduce((one, name) => ways[name]?.(one) ?? one, await fixed());
      const { verdict } = await take(document);
      const standings = verdict.corrections.filter(({ standing }) => standing !== "holds");
      expect(standings.map(({ id, standing }) => `${id} ${standing}`)).toEqual([`${corrected} unnecessary`]);
      expect(verdict.generation.problems).toEqual([
        expect.stringMatching(new RegExp(`^${corrected} no longer applies: delete it`)),
      ]);
      expect(verdict.users.isSame).toBe(true);
    });
  }
});

describe("a change of the API", () => {
  for (const layout of [
    [],
    ["everything inline"],
    ["a component for each place", "the version in the paths"],
  ]) {
    test(`is named once, by its place, in the layout: ${layout.join(" + ") || "as it was"}`, async () => {
      const giftNote = { type: "string", description: "What the card says." };
      const taken = await take(
        edited((document) => (schemas(document).Order.properties.giftNote = giftNote), ...layout),
      );
      expect(changes(taken)).toEqual([
        "`Order.giftNote` was added: listOrders, createOrder, getOrderById, cancelOrder.",
      ]);
      expect(taken.verdict.release.impact).toBe("minor");
      expect(taken.verdict.generation.problems).toEqual([
        expect.stringMatching(/^Order\.giftNote is a string that nobody has classified/),
      ]);
    });
  }

  test("such as a status breaks programs that tell all of them apart", async () => {
    const taken = await take(edited((document) => schemas(document).OrderStatus.enum.push("LOST")));
    expect(taken.verdict.release.impact).toBe("major");
    expect(changes(taken)[0]).toMatch(/^`OrderStatus`: .*'LOST'/);
  });

  test("such as an operation keeps the vendor's names, and says how to name it", async () => {
    const taken = await take(
      edited((document) => {
        schemas(document).Gift = { type: "object", properties: { id: { type: "string" } } };
        const content = { "application/json": { schema: { $ref: "#/components/schemas/Gift" } } };
        document.paths["/gifts"] = {
          get: { operationId: "listGifts", responses: { "200": { description: "Gifts.", content } } },
        };
      }),
    );
    expect(taken.verdict.users.operations.added).toEqual(["GET /gifts"]);
    expect(taken.verdict.laidOut.unnamed).toEqual([
      "operations: listGifts: GET /gifts",
      'schemas: Gift: ["listGifts.200"]',
    ]);
    expect(taken.verdict.release.impact).toBe("minor");
  });

  test("such as an operation that is gone is reported with its places", async () => {
    const taken = await take(edited((document) => delete document.paths["/shipping-methods"]));
    expect(taken.verdict.users.operations.removed).toEqual(["GET /shipping-methods"]);
    expect(taken.verdict.laidOut.gone).toEqual(["ShippingMethod: listShippingMethods.200[]"]);
    expect(taken.verdict.release.impact).toBe("major");
  });

  test("whose shapes are called as our exports are gets other names", async () => {
    const taken = await take(
      edited((document) => {
        for (const name of ["Record", "Page", "Result"]) {
          schemas(document)[name] = { type: "object", properties: { a: { type: "string" } } };
          schemas(document).Order.properties[name.toLowerCase()] = { $ref: `#/components/schemas/${name}` };
        }
      }),
    );
    expect(taken.verdict.users.types.added.filter((name) => !name.includes("["))).toEqual([
      "OrderPage",
      "OrderRecord",
      "OrderResult",
    ]);
  });

  test("with properties that every object has by birth is taken", async () => {
    const taken = await take(
      edited((document) => {
        schemas(document).Order.properties.constructor = { type: "integer", description: "Who made it." };
      }),
    );
    expect(taken.verdict.generation.problems).toEqual([]);
  });

  test("of two thousand shapes is taken", async () => {
    const taken = await take(
      JSON.stringify(
        edited((document) => {
          for (let index = 0; index < 2_000; index++) {
            schemas(document)[`Big${index}`] = { type: "object", properties: { next: { type: "string" } } };
            const content = { "application/json": { schema: { $ref: `#/components/schemas/Big${index}` } } };
            document.paths[`/big/${index}`] = {
              get: { responses: { "200": { description: "It.", content } } },
            };
          }
        }),
      ),
    );
    expect(taken.verdict.users.operations.added).toHaveLength(2_000);
    expect(taken.verdict.release.impact).toBe("minor");
  });
});

describe("places of one name that differ", () => {
  test("are read either way in responses, and the difference is named by its field", async () => {
    const { verdict } = await take(
      edited((document) => {
        const tracked = structuredClone(schemas(document).Order);
        tracked.properties.insured = { type: "boolean", description: "Whether it is insured." };
        document.paths["/orders/{orderId}"].get.responses["200"].content["application/json"].schema = tracked;
      }),
    );
    expect(verdict.laidOut.unions).toEqual([
      expect.stringMatching(
        /^`Order\.insured` is there in one place only: .* against getOrderById\.200\. Responses/,
      ),
    ]);
    expect(verdict.generation.problems).toEqual([]);
    expect(verdict.release.impact).toBe("minor");
  });

  test("stop the generation in requests, with the two ways on", async () => {
    const { verdict, files } = await take(
      edited((document) => {
        const limited = structuredClone(schemas(document).ProtocolRequest);
        limited.properties.note = { type: "string", description: "What to note." };
        document.paths["/protocols/{protocolId}"].put.requestBody = {
          required: true,
          content: { "application/json": { schema: limited } },
        };
      }),
    );
    expect(verdict.generation.problems).toEqual([
      expect.stringMatching(
        /^`ProtocolRequest\.note` is there in one place only.*a name of its own in openapi\/shapes\.yaml, or correct/,
      ),
    ]);
    expect([...files.keys()]).toContain("openapi/wire.yaml");
  });

  test.each<[string, (document: Editable) => void, RegExp]>([
    [
      "another type",
      (document) => {
        const status = document.paths["/orders"].get.parameters.find(
          ({ name }: Editable) => name === "status",
        );
        status.schema = { type: "array", items: status.schema };
      },
      /^`OrderStatus` is array in one place and string in another/,
    ],
    [
      "a value that the correction doesn't name",
      (document) => {
        const values = [...schemas(document).OrderStatus.enum, "ON_HOLD"];
        schemas(document).Order.properties.status = { type: "string", enum: values };
      },
      /^`OrderStatus` has "ON_HOLD" in one place only/,
    ],
  ])("stop the generation by %s, although something else of the shape is corrected", async (_name, edit, words) => {
    const { verdict } = await take(edited(edit));
    expect(verdict.generation.problems[0]).toMatch(words);
  });
});

describe("names that are keywords elsewhere", () => {
  test("are those of headers, examples and links", async () => {
    const { verdict, files } = await take(
      edited((document) => {
        const { components, paths } = document;
        components.headers = { Id: { description: "For support.", schema: { type: "integer" } } };
        components.examples = { Small: { summary: "It was wrong.", value: { detail: "x" } } };
        const response = paths["/orders"].post.responses["201"];
        response.headers = { "x-request-id": { $ref: "#/components/headers/Id" } };
        const { operationId } = paths["/orders/{orderId}"].get;
        response.links = { value: { operationId, description: "The order." } };
        const example = { $ref: "#/components/examples/Small" };
        components.responses.BadRequest.content["application/json"].examples = { example };
      }, "other operation ids"),
    );
    expect(verdict.generation.problems).toEqual([]);
    expect(files.get("src/generated/schema.ts")).toContain('"x-request-id"?: number');
    const corrected = parse(files.get("openapi/corrected.yaml") ?? "");
    expect(corrected.paths["/orders"].post.responses["201"].links.value.operationId).toBe("getOrderById");
    const { BadRequest } = corrected.components.responses;
    expect(BadRequest.content["application/json"].examples.example.value).toEqual({ detail: "x" });
  });
});

describe("what is no document of the API is refused in words", () => {
  const text = stringify(published);
  const cases: readonly (readonly [what: string, script: Script, words: RegExp])[] = [
    [
      "a redirect to a page for signing in",
      () => ({ status: 302, headers: { location: "/login" } }),
      /Redirects are not followed/,
    ],
    ["a page", () => ({ text: "<!doctype html><title>Sign in</title>" }), /page of HTML/],
    ["304 to a first request", () => ({ status: 304 }), /sends 304 and not 200/],
    ["429", () => ({ status: 429 }), /sends 429 and not 200\. Try again later/],
    ["503", () => ({ status: 503 }), /sends 503 and not 200\. Try again later/],
    ["401", () => ({ status: 401 }), /is the document public\?/],
    [
      "the first half of it",
      () => ({ text: `${text.slice(0, text.indexOf("securitySchemes:"))}  x: [` }),
      /not a document in YAML/,
    ],
    [
      "a key that is there twice",
      () => ({ text: `${text}info:\n  title: Again\n` }),
      /not a document in YAML or JSON/,
    ],
    ["nothing", () => ({ text: "" }), /is empty/],
    ["Swagger 2", () => ({ text: "swagger: '2.0'\npaths: {}\n" }), /Swagger 2\.0/],
    [
      "another API",
      () => ({
        text: "openapi: 3.1.0\ninfo: { title: T, version: '1' }\npaths: { /a: { get: { responses: {} } } }\n",
      }),
      /another API/,
    ],
    [
      "paths with and without a version",
      () => ({ text: text.replace("  /protocols:", "  /v1/protocols:") }),
      /Some paths begin with \/v1/,
    ],
  ];
  test.each(cases)("%s", async (_what, script, words) => {
    expect(await refusalOf(script)).toMatch(words);
  });
});

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkDocument } from "../../scripts/document/check-document.ts";
import { parseDocument } from "../../scripts/document/document.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";
import { bundleDocument } from "../../scripts/spec/bundle-document.ts";

const folder = join(projectRoot, "test/fixtures/spec/split");
const index = pathToFileURL(join(folder, "index.yaml"));

let server: ScriptedServer;
let text: string;
beforeAll(async () => {
  text = await readFile(index, "utf8");
  server = await startScriptedServer(async ({ path }, response) => {
    const file = await readFile(join(folder, path)).catch(() => undefined);
    response.writeHead(file === undefined ? 404 : 200).end(file);
    return undefined;
  });
});
afterAll(() => server.close());

const referringTo = (reference: string): string => text.replace("schemas/parcel.yaml#/Parcel", reference);

describe("a document in several files", () => {
  test("becomes one, from files and from a server alike", async () => {
    const [fromFiles, fromServer] = await Promise.all([
      bundleDocument(text, index),
      bundleDocument(text, new URL(`${server.origin}/index.yaml`)),
    ]);
    expect(fromServer).toBe(fromFiles);
    const bundled = parseDocument(fromFiles, "it");
    expect(() => checkDocument(bundled, "it")).not.toThrow();
    expect(bundled).toMatchObject({
      components: {
        schemas: {
          address: { properties: { zipCode: { type: "string" } } },
          Parcel: { properties: { contents: { items: { $ref: "#/components/schemas/Parcel" } } } },
        },
      },
    });
  });

  test("that refers to what is not there is refused, with who refers to what", async () => {
    const refused = bundleDocument(referringTo("gone.yaml"), new URL(`${server.origin}/index.yaml`));
    await expect(refused).rejects.toThrow(
      /index\.yaml refers to what can't be fetched: .*gone\.yaml sends 404/,
    );
  });

  test("from the network must not reach for a file of this machine", async () => {
    const refused = bundleDocument(referringTo(index.href), new URL(`${server.origin}/index.yaml`));
    await expect(refused).rejects.toThrow(/, a file of this machine\. It is refused/);
  });

  test("that leads on for ever is refused", async () => {
    const endless = await startScriptedServer(({ path }) => ({ text: `{ "$ref": "./x${path.slice(1)}" }` }));
    const refused = bundleDocument(referringTo("a.json"), new URL(`${endless.origin}/index.yaml`));
    await expect(refused).rejects.toThrow(/refers to more than 200 files/);
    await endless.close();
  });
});

test("a document in one file stays as it is, byte for byte", async () => {
  const one = "# A comment\nopenapi:   3.1.0\npaths: {}\n";
  expect(await bundleDocument(one, index)).toBe(one);
});

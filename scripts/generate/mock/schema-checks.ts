import { Ajv, type Options } from "ajv";
import compileStandalone from "ajv/dist/standalone/index.js";
import addFormats from "ajv-formats";
import { build } from "esbuild";
import { isObject, type Json, type JsonObject, visitObjects } from "../../document/document.ts";
import { projectRoot } from "../../package/project-root.ts";

/** What was compiled before, by what it was compiled from. */
const compiled = new Map<string, Promise<string>>();

/**
 * What a schema is for. `strings` are parameters and forms, in which everything is a string at first. A request has
 * no properties that are read only, and a response none that are write only.
 */
type Use = "request" | "response" | "strings";

/** Gathers the schemas of the documents, each under a name of its own. */
export class SchemaCollector {
  readonly #schemas: { readonly name: string; readonly use: Use; readonly schema: Json }[] = [];
  readonly #documents = new Map<JsonObject, string>();

  /** @returns the name. */
  add(name: string, document: JsonObject, schema: Json, use: Use): string {
    const id = this.#documents.get(document) ?? `document-${this.#documents.size}`;
    this.#documents.set(document, id);
    const text = JSON.stringify(schema).replaceAll('"$ref":"#', `"$ref":"${id}#`);
    this.#schemas.push({ name, use, schema: JSON.parse(text) });
    return name;
  }

  /** JavaScript that makes an object `compiled`, whose `checks` has a function for each name. */
  compile(): Promise<string> {
    const bare = [...this.#documents.keys()].map((document) => bareSchemas(document));
    const key = JSON.stringify([this.#schemas, bare]);
    // Whoever compares documents generates from many that differ in words alone.
    const code = compiled.get(key) ?? this.#compile();
    compiled.set(key, code);
    return code;
  }

  async #compile(): Promise<string> {
    const modules = new Map<string, string>();
    const entries: string[] = [];
    for (const use of ["request", "response", "strings"] as const) {
      const { code, names } = this.#compileFor(use);
      modules.set(use, code);
      entries.push(...names.map(([name, exported]) => `${JSON.stringify(name)}: ${use}.${exported}`));
    }
    const imports = [...modules.keys()].map((use) => `import * as ${use} from "checks:${use}";`);
    const source = `${imports.join("\n")}\nexport const checks = {\n${entries.join(",\n")}\n};`;
    return bundle(source, modules);
  }

  #compileFor(use: Use): { code: string; names: [name: string, exported: string][] } {
    // Prism validates by draft 7 with these options. The order of the faults follows from them.
    const options: Options = { allErrors: true, strict: false, logger: false, validateSchema: false };
    const code = { source: true, esm: true };
    const ajv = new Ajv({ ...options, code, coerceTypes: use === "strings", inlineRefs: false });
    addFormats.default(ajv);
    for (const [document, id] of this.#documents) ajv.addSchema(bareSchemas(document, use), id);
    const names: [string, string][] = [];
    for (const [index, { name, schema }] of this.#schemas.filter((one) => one.use === use).entries()) {
      const exported = `check${index}`;
      ajv.addSchema(bareSchemas({ schema }, use).schema as JsonObject, exported);
      if (compiles(ajv, exported)) names.push([name, exported]);
    }
    const exports = Object.fromEntries(names.map(([, exported]) => [exported, exported]));
    return { code: withoutSchemaPaths(compileStandalone.default(ajv, exports)), names };
  }
}

/** A schema that can't be compiled, such as one with a pattern of another language, checks nothing: as in Prism. */
function compiles(ajv: Ajv, name: string): boolean {
  try {
    ajv.getSchema(name);
    return true;
  } catch {
    return false;
  }
}

/** Nobody reads where in the schema a fault was found. It is a third of the code. */
function withoutSchemaPaths(code: string): string {
  return code.replace(/schemaPath:"(?:[^"\\]|\\.)*",/g, "");
}

const annotations = /^(description|summary|title|deprecated|default|examples?|x-.*)$/;

/** A copy without what a check has no use for, so that the code stays as it is when only words change. */
function bareSchemas(document: JsonObject, use?: Use): JsonObject {
  const copy = structuredClone(document);
  visitObjects(copy, (object) => {
    for (const key of Object.keys(object)) if (annotations.test(key)) delete object[key];
    if (use !== undefined) dropProperties(object, use === "response" ? "writeOnly" : "readOnly");
  });
  return copy;
}

function dropProperties(schema: JsonObject, mark: "readOnly" | "writeOnly"): void {
  const { properties } = schema;
  if (!isObject(properties)) return;
  const dropped = Object.entries(properties).flatMap(([name, property]) =>
    isObject(property) && property[mark] === true ? [name] : [],
  );
  for (const name of dropped) delete properties[name];
  if (!Array.isArray(schema.required)) return;
  schema.required = schema.required.filter((name) => !dropped.includes(String(name)));
}

/** One script out of the modules and the parts of Ajv that they use. */
async function bundle(entry: string, modules: ReadonlyMap<string, string>): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: projectRoot },
    bundle: true,
    write: false,
    format: "iife",
    globalName: "compiled",
    target: "es2022",
    mainFields: ["main"],
    minify: true,
    lineLimit: 120,
    legalComments: "none",
    logLevel: "error",
    plugins: [
      {
        name: "checks",
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^checks:/ }, ({ path }) => ({ path, namespace: "checks" }));
          onLoad({ filter: /.*/, namespace: "checks" }, ({ path }) => ({
            contents: modules.get(path.slice("checks:".length)) ?? "",
            resolveDir: projectRoot,
          }));
        },
      },
    ],
  });
  return outputFiles[0]?.text ?? "";
}

import { createRequire } from "node:module";
import { isObject, type Json, type JsonObject } from "../../document/document.ts";

type Sample = (schema: object, options: { ticks: number }, document: object) => Json | undefined;

let sample: Sample | undefined;

/**
 * The example that Prism makes of a schema. It is made by Prism's own sampler, so that both mocks give the same; its
 * package belongs to Prism, and is found from there.
 */
export function sampleSchema(document: JsonObject, schema: Json | undefined): Json | undefined {
  if (!isObject(schema)) return undefined;
  sample ??= loadSampler();
  try {
    return sample(schema, { ticks: 2_500 }, document);
  } catch {
    // It is too large, or refers to itself: Prism responds with an error of its own there.
    return undefined;
  }
}

function loadSampler(): Sample {
  const fromHere = createRequire(import.meta.url);
  const fromCli = createRequire(fromHere.resolve("@stoplight/prism-cli/package.json"));
  const fromHttp = createRequire(fromCli.resolve("@stoplight/prism-http/package.json"));
  const sampler: { sample: Sample } = fromHttp("@stoplight/json-schema-sampler");
  return sampler.sample;
}

import type { FulfillmentClient, Result } from "juniper-fulfillment";
import { sample } from "openapi-sampler";
import {
  isObject,
  type Json,
  type JsonObject,
  jsonSchema,
  type Operation,
} from "../../scripts/document/document.ts";

/** What a call of an operation is made with: every parameter that the document describes, and a body. */
export interface SampleCall {
  readonly path: Readonly<Record<string, Json>>;
  readonly query: Readonly<Record<string, Json>>;
  readonly body: Json | undefined;
}

/** A call of any operation, out of the examples of the corrected document, in the user's spelling. */
export function sampleCall(corrected: JsonObject, { operation, parameters }: Operation): SampleCall {
  const of = (place: string): Record<string, Json> =>
    Object.fromEntries(
      parameters
        .filter((parameter) => parameter.in === place)
        .map((parameter) => [String(parameter.name), exampleOf(corrected, parameter)]),
    );
  const schema = jsonSchema(corrected, operation.requestBody);
  const body = schema === undefined ? undefined : (sample(schema, { skipReadOnly: true }, corrected) as Json);
  return { path: of("path"), query: of("query"), body };
}

/** Sends it. */
export function callOperation(
  client: FulfillmentClient,
  { method, path: template }: Operation,
  { path, query, body }: SampleCall,
): Promise<Result<unknown>> {
  const init = { params: { path, query }, ...(body === undefined ? {} : { body }) };
  // The types know each path by itself, and the loop over all of them does not.
  const send = client[method.toUpperCase() as "GET"] as unknown as (
    path: string,
    init: object,
  ) => Promise<Result<unknown>>;
  return send(template, init);
}

function exampleOf(document: JsonObject, { example, schema }: JsonObject): Json {
  if (example !== undefined) return example;
  return isObject(schema) ? (sample(schema, {}, document) as Json) : "";
}

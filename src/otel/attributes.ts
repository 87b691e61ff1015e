import type { Attributes } from "@opentelemetry/api";
import { FulfillmentError } from "../wrapper/errors.ts";
import { methodOf, templateOf } from "../wrapper/privacy/path-template.ts";

/** What the channels tell, as far as it is read here. A subscriber before us may have frozen it, so anything can be missing. */
export interface Told {
  readonly callId?: string;
  readonly method?: string;
  readonly path?: string;
  readonly server?: string;
  readonly status?: number;
  readonly failure?: string | number;
  readonly requestId?: string;
  readonly attempts?: number;
  readonly durationMs?: number;
  readonly outcome?: string;
  readonly error?: unknown;
}

/**
 * What spans and metrics say of a call before it is made.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 */
export function callAttributes({ method = "", path = "", server }: Told): Attributes {
  return {
    "http.request.method": methodOf(method),
    "url.template": templateOf(path),
    ...serverAttributes(server),
  };
}

/** The host of a server, and its port where it is not the usual one. */
export function serverAttributes(server = ""): Attributes {
  const [, address = server, port] = /^(.*?)(?::(\d+))?$/.exec(server) ?? [];
  return { "server.address": address, ...(port !== undefined && { "server.port": Number(port) }) };
}

/** How a call ended, in the words of the conventions. Nothing of the error but its kind. */
export function endAttributes({ status, error, outcome }: Told): Attributes {
  const isFailure = error !== undefined || (outcome !== undefined && outcome !== "success");
  return {
    ...(status !== undefined && { "http.response.status_code": status }),
    ...(isFailure && { "error.type": errorType(status, error) }),
    ...(outcome !== undefined && { "juniper_fulfillment.outcome": outcome }),
  };
}

function errorType(status: number | undefined, error: unknown): string {
  if (status !== undefined && status >= 400) return String(status);
  // What others throw may be called anything.
  return error instanceof FulfillmentError ? error.name : "_OTHER";
}

import { readFile } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createGunzip } from "node:zlib";
import { Agent, type Dispatcher, EnvHttpProxyAgent, request } from "undici";
import { message } from "../document/message.ts";
import { SpecError, UnreachableError } from "./spec-error.ts";

/** What a server said of the version that it sent, to be asked about it the next time. */
export interface Validators {
  readonly etag?: string;
  readonly lastModified?: string;
}

export type Fetched =
  | { readonly status: "unchanged" }
  | { readonly status: "received"; readonly bytes: Uint8Array; readonly validators: Validators };

export interface FetchLimits {
  /** For the whole response, in milliseconds. @default 30000 */
  readonly timeoutMs?: number;
  /** @default 33554432, 32 MiB, which is several times the largest public API's document */
  readonly maxBytes?: number;
}

/** A document's place from what was typed: an address as it is, anything else as a path. */
export function locate(source: string): URL {
  return /^(https?|file):\/\//i.test(source) ? new URL(source) : pathToFileURL(source);
}

/** An address as it may be printed and kept. Its query may be a signature, and what is before its host a password. */
export function shown({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname}`;
}

/** Reads a document from a file or over http, and asks only for a newer version if validators are given. */
export async function fetchDocument(
  location: URL,
  { timeoutMs = 30_000, maxBytes = 32 * 2 ** 20 }: FetchLimits = {},
  validators: Validators = {},
): Promise<Fetched> {
  if (location.protocol === "file:") return readLocal(location, maxBytes);
  refuseUnsafe(location);
  const signal = AbortSignal.timeout(timeoutMs);
  const dispatcher = isLoopback(location) ? new Agent() : new EnvHttpProxyAgent();
  let hasBegun = false;
  try {
    // It follows no redirect, which is the vendor's news, and not for a program to follow in silence. `fetch` would take
    // a compressed body that breaks off for a whole one.
    const response = await request(location, { headers: headersOf(validators), dispatcher, signal });
    hasBegun = true;
    const isConditional = validators.etag !== undefined || validators.lastModified !== undefined;
    if (response.statusCode === 304 && isConditional) return { status: "unchanged" };
    refuseStatus(location, response);
    return {
      status: "received",
      bytes: await readBody(location, response, maxBytes),
      validators: validatorsOf(response.headers),
    };
  } catch (error) {
    if (error instanceof SpecError) throw error;
    throw new UnreachableError(whyNot(location, error, timeoutMs, hasBegun));
  } finally {
    await dispatcher.destroy();
  }
}

/** The text of a document, which must be UTF-8, without a byte order mark and with plain line ends. */
export function decode(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes).replaceAll("\r\n", "\n");
  } catch {
    throw new SpecError(`${name} is not text in UTF-8.`);
  }
}

async function readLocal(location: URL, maxBytes: number): Promise<Fetched> {
  let path = shown(location);
  try {
    path = fileURLToPath(location);
    const bytes = await readFile(path);
    if (bytes.byteLength > maxBytes) throw tooLarge(path, maxBytes);
    return { status: "received", bytes, validators: {} };
  } catch (error) {
    if (error instanceof SpecError) throw error;
    throw new SpecError(`${path} can't be read: ${codeOf(error) ?? error}.`);
  }
}

function refuseUnsafe(location: URL): void {
  if (location.protocol === "https:" || (location.protocol === "http:" && isLoopback(location))) return;
  throw new SpecError(
    `${shown(location)} is not https. Anybody on the way could change the document: use https, or a file.`,
  );
}

function isLoopback({ hostname }: URL): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
}

function headersOf({ etag, lastModified }: Validators): Record<string, string> {
  return {
    accept: "application/yaml, application/json;q=0.9, */*;q=0.5",
    "accept-encoding": "gzip",
    ...(etag === undefined ? {} : { "if-none-match": etag }),
    ...(lastModified === undefined ? {} : { "if-modified-since": lastModified }),
  };
}

function refuseStatus(location: URL, { statusCode: status, headers }: Dispatcher.ResponseData): void {
  if (status === 200) return;
  const target = header(headers, "location");
  if (status >= 300 && status < 400 && target !== undefined) {
    const to = URL.canParse(target, location) ? new URL(target, location) : undefined;
    const place = to === undefined ? "what is no address" : shown(to);
    const redirects = to?.search ? "Its query isn't shown. Redirects" : "Redirects";
    throw new SpecError(
      message`${shown(location)} sends ${status} and points to ${place}. ${redirects} are not followed. If the vendor has moved the document, run it again with \`--from ${place}\`, and put that address into openapi/published/source.json.`,
    );
  }
  const Refusal = isPassing(status) ? UnreachableError : SpecError;
  throw new Refusal(message`${shown(location)} sends ${status} and not 200. ${adviceOn(status)}`);
}

function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

function adviceOn(status: number): string {
  if (status === 304)
    return "The request had no condition that could lead to a 304: look for a proxy on the way.";
  if (isPassing(status)) return "Try again later.";
  if (status === 401 || status === 403) return "It wants to know who is asking: is the document public?";
  return "Is it the right address?";
}

/** Reads no more than the limit: an endless response must not fill the memory. */
async function readBody(
  location: URL,
  { headers, body }: Dispatcher.ResponseData,
  maxBytes: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const collect = async (source: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of source) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw new RangeError("It is too large.");
      chunks.push(chunk);
    }
  };
  const stream: Readable = body;
  const encoding = header(headers, "content-encoding")?.toLowerCase() ?? "identity";
  if (encoding !== "identity" && encoding !== "gzip") {
    throw new SpecError(
      message`${shown(location)} sends its document as ${encoding}, which was not asked for.`,
    );
  }
  const done = encoding === "gzip" ? pipeline(stream, createGunzip(), collect) : pipeline(stream, collect);
  await done.catch((error: unknown) => {
    // What is ended by its size has errors of its own.
    throw bytes > maxBytes ? tooLarge(shown(location), maxBytes) : error;
  });
  return Buffer.concat(chunks);
}

function tooLarge(name: string, maxBytes: number): SpecError {
  return new SpecError(
    `${name} is larger than ${Math.round(maxBytes / 2 ** 20)} MiB. That is no API description.`,
  );
}

function validatorsOf(headers: Dispatcher.ResponseData["headers"]): Validators {
  const [etag, lastModified] = [header(headers, "etag"), header(headers, "last-modified")];
  return {
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { lastModified }),
  };
}

function header(headers: Dispatcher.ResponseData["headers"], name: string): string | undefined {
  return [headers[name]].flat()[0];
}

function whyNot(location: URL, error: unknown, timeoutMs: number, hasBegun: boolean): string {
  const place = shown(location);
  if (error instanceof Error && error.name === "TimeoutError") {
    return `${place} did not respond in full within ${timeoutMs / 1_000} s. Try again later.`;
  }
  const reason = codeOf(error) ?? (error instanceof Error ? error.message : String(error));
  if (hasBegun) return `${place} broke off in the middle of its response (${reason}). Try again later.`;
  return `${place} can't be reached (${reason}). Is there a network, and is the address right?`;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

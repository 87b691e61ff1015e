import { ConfigurationError } from "../wrapper/errors.ts";
import type { Timing } from "../wrapper/timing.ts";
import { within } from "./within.ts";

/** How long a sender may take for the whole body. */
const maxBodyMs = 30_000;

/**
 * Reads a body up to its limits. What is left of it is cancelled.
 *
 * @returns The body; or the status to respond with: 413 when it is too large, 408 when it takes too long, and 400 when
 * it breaks off.
 * @throws {ConfigurationError} when something has read the body before.
 */
export async function readBody(
  request: Request,
  maxBytes: number,
  timing: Timing,
): Promise<Uint8Array<ArrayBuffer> | 400 | 408 | 413> {
  if (request.bodyUsed) {
    throw new ConfigurationError(
      "The body has been read. Give webhookHandler the request before anything reads it.",
    );
  }
  const reader = request.body?.getReader();
  if (reader === undefined) return new Uint8Array();
  const late = new Error(`The body took longer than ${maxBodyMs} ms.`);
  try {
    const body = await within(gather(reader, maxBytes), maxBodyMs, timing, () => late);
    if (body !== undefined) return body;
    cancel(reader);
    return 413;
  } catch (error) {
    cancel(reader);
    return error === late ? 408 : 400;
  }
}

/** The bytes, or undefined when there are too many. */
async function gather(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > maxBytes) return undefined;
    chunks.push(value);
  }
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}

/** Nobody waits for it: a source may hang here too. */
function cancel(reader: ReadableStreamDefaultReader<Uint8Array>): void {
  reader.cancel().catch(() => {});
}

type Zlib = typeof import("node:zlib");
type Decoder = ReturnType<Zlib["createGunzip"]>;

/** What the node transport asks for. */
export const acceptedEncodings = "gzip, deflate, br";

/** More than anyone uses. Each one costs up to `maxBytes` of work, for a few bytes on the wire. */
const maxEncodings = 5;

/** The encodings of a `content-encoding`, the last one applied first. Those that change nothing are left out. */
function readEncodings(header: string): string[] {
  const names = header.toLowerCase().split(",", maxEncodings + 1);
  if (names.length > maxEncodings) throw new Error(`The response has more than ${maxEncodings} encodings.`);
  return names.map((name) => name.trim()).reverse();
}

/**
 * Undoes the content encodings of a body.
 *
 * @param onStep Given the way to stop it, for each encoding.
 * @throws {RangeError} as soon as more than `maxBytes` have come out.
 */
export async function decompress(
  body: Buffer,
  header: string,
  maxBytes: number,
  onStep: (stop: () => void) => void,
): Promise<Buffer> {
  const zlib = await import("node:zlib");
  let plain = body;
  for (const name of readEncodings(header)) {
    const decoder = createDecoder(zlib, name, plain);
    // An encoding that was not asked for is left to the reader.
    if (decoder === undefined) continue;
    onStep(() => decoder.destroy());
    plain = await run(decoder, plain, maxBytes);
  }
  return plain;
}

function createDecoder(zlib: Zlib, name: string, body: Buffer): Decoder | undefined {
  if (name === "gzip" || name === "x-gzip") return zlib.createGunzip();
  if (name === "br") return zlib.createBrotliDecompress();
  if (name !== "deflate") return undefined;
  return hasZlibHeader(body) ? zlib.createInflate() : zlib.createInflateRaw();
}

/** RFC 9110, section 8.4.1.2: some servers send `deflate` without the zlib header (RFC 1950, section 2.2). */
function hasZlibHeader(body: Buffer): boolean {
  return body.length >= 2 && ((body[0] ?? 0) & 0x0f) === 8 && body.readUInt16BE(0) % 31 === 0;
}

function run(decoder: Decoder, body: Buffer, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    decoder.on("data", (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > maxBytes) decoder.destroy(new RangeError("More than maxBytes."));
    });
    decoder.on("error", reject);
    decoder.on("end", () => resolve(Buffer.concat(chunks)));
    // Of one that is stopped, nothing more comes, and nobody waits for it.
    decoder.on("close", () => reject(new Error("The decompression was stopped.")));
    decoder.end(body);
  });
}

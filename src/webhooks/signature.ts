import { toHex } from "../wrapper/digest.ts";
import { ConfigurationError, WebhookVerificationError } from "../wrapper/errors.ts";
import { nodeCrypto } from "../wrapper/node-crypto.ts";

/**
 * The signature of a delivery, as the vendor's guide describes it: `t={seconds},v1={hex}`, where the hex is the
 * HMAC-SHA256 of `{t}.{raw body}`, keyed with the characters of the secret.
 *
 * - `t` and `v1` are read strictly: one `t`, digits only; hex in lower case; no blanks. There is one way to write a
 *   signature.
 * - There may be several `v1`, as during a rotation. Other elements are ignored, so that the vendor may add some.
 * - `node:crypto` or Web Crypto compares, in constant time.
 */
export interface Signature {
  /** As written, since these characters were signed. */
  readonly timestamp: string;
  readonly macs: readonly Uint8Array<ArrayBuffer>[];
}

const maxHeaderLength = 4096;
const maxMacs = 8;
const encoder = new TextEncoder();

/** @throws {WebhookVerificationError} */
export function parseSignature(header: string | null | undefined): Signature {
  if (typeof header !== "string" || header.length > maxHeaderLength) {
    throw new WebhookVerificationError("malformed-header");
  }
  // Any visible character may be in the value of an unknown element, such as those of base64.
  const elements = header.split(",").map((element) => /^([A-Za-z][\w.-]*)=([!-~]*)$/.exec(element));
  const valuesOf = (key: string): string[] =>
    elements.flatMap((element) => (element?.[1] === key ? [element[2] as string] : []));
  const [timestamp, ...others] = valuesOf("t");
  const isMalformed = elements.includes(null) || others.length > 0 || !/^\d{1,12}$/.test(timestamp ?? "");
  if (timestamp === undefined || isMalformed) throw new WebhookVerificationError("malformed-header");
  const macs = valuesOf("v1");
  if (macs.length === 0) {
    throw new WebhookVerificationError(elements.length > 1 ? "unknown-scheme" : "malformed-header");
  }
  if (macs.length > maxMacs || !macs.every((mac) => /^[0-9a-f]{64}$/.test(mac))) {
    throw new WebhookVerificationError("malformed-header");
  }
  return { timestamp, macs: macs.map(fromHex) };
}

/** Whether one of the secrets made one of the signatures. */
export async function matches(
  { timestamp, macs }: Signature,
  body: Uint8Array,
  secrets: readonly string[],
): Promise<boolean> {
  const signed = signedBytes(timestamp, body);
  const node = nodeCrypto();
  if (node !== undefined) {
    const expected = secrets.map((secret) => node.createHmac("sha256", secret).update(signed).digest());
    return expected.flatMap((mac) => macs.map((given) => node.timingSafeEqual(mac, given))).includes(true);
  }
  const keys = await Promise.all(secrets.map((secret) => importKey(secret, "verify")));
  const checks = keys.flatMap((key) => macs.map((mac) => crypto.subtle.verify("HMAC", key, mac, signed)));
  return (await Promise.all(checks)).includes(true);
}

export async function sign(timestamp: string, body: Uint8Array, secret: string): Promise<string> {
  const mac = await crypto.subtle.sign("HMAC", await importKey(secret, "sign"), signedBytes(timestamp, body));
  return `t=${timestamp},v1=${toHex(mac)}`;
}

/** The bytes of a payload. @throws {ConfigurationError} when it is not raw. */
export function bytesOf(payload: string | Uint8Array): Uint8Array {
  if (isBytes(payload)) return payload;
  // A lone surrogate would be encoded as U+FFFD, so two different strings would have the same signature.
  if (typeof payload === "string" && !/\p{Surrogate}/u.test(payload)) return encoder.encode(payload);
  throw new ConfigurationError(
    "payload must be the raw body as a string or bytes. Read it before anything parses it as JSON.",
  );
}

/** Whether it is a Uint8Array, also one of another realm, as in the test runners that have one. */
function isBytes(payload: unknown): payload is Uint8Array {
  return ArrayBuffer.isView(payload) && Object.prototype.toString.call(payload) === "[object Uint8Array]";
}

/** @throws {ConfigurationError} when it can't be a secret. */
export function checkSecret(secret: unknown): string {
  if (typeof secret === "string" && secret !== "" && secret.trim() === secret) return secret;
  throw new ConfigurationError(
    "A webhook secret must be a non-empty string without blanks around it. GET /partners/settings/webhook-secret returns it.",
  );
}

function importKey(secret: string, usage: "sign" | "verify"): Promise<CryptoKey> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, [usage]);
}

function signedBytes(timestamp: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = encoder.encode(`${timestamp}.`);
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}

function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: hex.length / 2 }, (_, index) =>
    Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16),
  );
}

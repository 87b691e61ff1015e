import { isRecord } from "./is-record.ts";
import { nodeCrypto } from "./node-crypto.ts";

/** The SHA-256 of a string or bytes, in hex. */
export async function sha256(content: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const node = nodeCrypto();
  if (node !== undefined)
    return node.hash?.("sha256", content) ?? node.createHash("sha256").update(content).digest("hex");
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return toHex(await crypto.subtle.digest("SHA-256", bytes));
}

export function toHex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** JSON with the keys of every object in order, so that equal contents are equal strings. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(inOrder(value));
}

/** A replacer of JSON.stringify would do the same, and take longer. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  // JSON.stringify asks an object with a `toJSON` itself, such as a Date.
  if (!isRecord(value) || typeof value.toJSON === "function") return value;
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(value).sort()) {
    const member = inOrder(value[name]);
    // Assigning to `__proto__` would change the prototype.
    if (name === "__proto__") Object.defineProperty(copy, name, { value: member, enumerable: true });
    else copy[name] = member;
  }
  return copy;
}

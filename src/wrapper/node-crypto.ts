import { builtinModule } from "./builtin-module.ts";

interface Digest {
  update(content: string | Uint8Array): Digest;
  digest(): Uint8Array;
  digest(encoding: "hex"): string;
}

/** What is used of `node:crypto`. */
interface NodeCrypto {
  createHash(algorithm: "sha256"): Digest;
  /** The same in one go, in hex, where the runtime has it. It takes half as long. */
  hash?(algorithm: "sha256", content: string | Uint8Array): string;
  createHmac(algorithm: "sha256", key: string): Digest;
  timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean;
}

/**
 * `node:crypto`, where the runtime has it: it takes microseconds for what Web Crypto hands to another thread and back.
 */
export function nodeCrypto(): NodeCrypto | undefined {
  return builtinModule<NodeCrypto>("node:crypto");
}

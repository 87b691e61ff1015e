import type { ClientParts } from "./call.ts";

/** Loads what warms a client up, which few pages do. */
export async function warmUp(parts: ClientParts): Promise<void> {
  const loaded = await import("./warm-up.ts");
  await loaded.warmUp(parts);
}

import type { LimitedResponse, limitBody as limitBodyNow } from "./limit-body.ts";

/** Loads what streams a body with the first that is to be streamed. */
export async function limitBody(...args: Parameters<typeof limitBodyNow>): Promise<LimitedResponse> {
  const loaded = await import("./limit-body.ts");
  return loaded.limitBody(...args);
}

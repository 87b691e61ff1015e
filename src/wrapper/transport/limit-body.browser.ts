import type { LimitedResponse, limitBody as limitBodyNow } from "./limit-body.ts";

const load = (): Promise<typeof import("./limit-body.ts")> => import("./limit-body.ts");

/** Loads what streams a body with the first that is to be streamed. */
export async function limitBody(...args: Parameters<typeof limitBodyNow>): Promise<LimitedResponse> {
  return (await load()).limitBody(...args);
}

/** The same for one that is too large. */
export async function withoutBody(response: Response): Promise<Response> {
  return (await load()).withoutBody(response);
}

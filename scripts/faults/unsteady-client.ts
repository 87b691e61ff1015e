import type { OrderClient } from "../../src/orders/order-client.ts";

/** Where a call can be stopped, or crash, before it uses something or meanwhile. */
export type Step = <Value>(use: () => Promise<Value>) => Promise<Value>;

/**
 * The client, over which a call can be stopped, and which tells the server whose call it is. What a client reads for
 * several calls at once is nobody's step.
 */
export function unsteady(
  client: OrderClient,
  whose: () => { readonly name: string; readonly step: Step },
  readingStep: Step = (use) => use(),
): OrderClient {
  return {
    GET: (path: never, init: never) => readingStep(() => client.GET(path, init)),
    POST: (path: never, init: { readonly headers?: object }) => {
      const { name, step } = whose();
      const headers = { ...init.headers, "x-call": name };
      return step(() => client.POST(path, { ...init, headers } as never));
    },
  } as unknown as OrderClient; // It passes on what it is given.
}

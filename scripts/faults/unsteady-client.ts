import type { OrderClient } from "../../src/orders/order-client.ts";

/** Where a call can be stopped, or crash, before it uses something or meanwhile. */
export type Step = <Value>(use: () => Promise<Value>) => Promise<Value>;

/** Who makes a request: how the server knows the call, where it can be stopped, and what is done while it sends. */
export interface Caller {
  readonly name: string;
  readonly step: Step;
  readonly sending: Step;
}

/**
 * The client, over which a call can be stopped, and which tells the server whose call it is. What a client reads for
 * several calls at once is nobody's step.
 */
export function unsteady(
  client: OrderClient,
  whose: () => Caller,
  readingStep: Step = (use) => use(),
): OrderClient {
  return {
    GET: (path: never, init: never) => readingStep(() => client.GET(path, init)),
    POST: (path: never, init: { readonly headers?: object }) => {
      const { name, step, sending } = whose();
      const headers = { ...init.headers, "x-call": name };
      return step(() => sending(() => client.POST(path, { ...init, headers } as never)));
    },
  } as unknown as OrderClient; // It passes on what it is given.
}

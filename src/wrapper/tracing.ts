import { builtinModule } from "./builtin-module.ts";

/** What is used of a `TracingChannel` of Node. */
interface TracingChannel {
  readonly hasSubscribers?: boolean;
  tracePromise(run: () => Promise<void>, context: object): Promise<void>;
}

interface DiagnosticsChannel {
  tracingChannel?(name: string): TracingChannel;
}

/**
 * Under this symbol a subscriber of `start` may leave a function in what it is told, in which the work is then done: it
 * gets the work as a function, and calls it. That is how a tracer makes its span the active one.
 */
export const aroundKey: unique symbol = Symbol.for("juniper-fulfillment.around");

/** One kind of work that subscribers can follow from its start to its end. */
class Traced {
  readonly #channel: TracingChannel | undefined;

  constructor(name: string) {
    const channels = builtinModule<DiagnosticsChannel>("node:diagnostics_channel");
    this.#channel = channels?.tracingChannel?.(`juniper-fulfillment:${name}`);
  }

  /** Whether anybody subscribes. Without subscribers nothing is made for them. */
  get isWatched(): boolean {
    return this.#channel?.hasSubscribers === true;
  }

  /** Does the work, with what subscribers are told of it. They never see what it results in, which holds customer data. */
  async run<Result>(context: object, work: () => Promise<Result>): Promise<Result> {
    let working: Promise<Result> | undefined;
    // Whatever becomes of the telling, the work is done once: it may be an order.
    const once = (): Promise<Result> => {
      working ??= work();
      return working;
    };
    const telling = this.#channel?.tracePromise(async () => {
      const { [aroundKey]: around } = context as { readonly [aroundKey]?: (work: () => unknown) => unknown };
      if (typeof around === "function") around(once);
      await once();
    }, context);
    // What goes wrong with the telling, such as with a context that a subscriber has frozen, doesn't disturb the work.
    await telling?.catch(() => {});
    return once();
  }
}

/** Tells subscribers more of what they follow. They may have frozen it. */
export function tell(context: object, more: object): void {
  for (const [key, value] of Object.entries(more)) Reflect.set(context, key, value);
}

/** The channels of `node:diagnostics_channel`, by what they tell of. */
export const traced: {
  /** Each call of a client, with what `onCall` is told, and the host and port of the server. */
  readonly call: Traced;
  /** Each attempt of a call, with what `onRequest` is told, and at its end its status, or why it got none. */
  readonly attempt: Traced;
  /** Each request for an access token, with the host and port of the token endpoint, and the lifetime of what it issued. */
  readonly token: Traced;
  /** Each `submitOrder`, with its outcome. */
  readonly submit: Traced;
} = {
  call: /* @__PURE__ */ new Traced("call"),
  attempt: /* @__PURE__ */ new Traced("attempt"),
  token: /* @__PURE__ */ new Traced("token"),
  submit: /* @__PURE__ */ new Traced("submit"),
};

import { builtinModule } from "./builtin-module.ts";

/** What is used of a `TracingChannel` of Node. */
interface TracingChannel {
  readonly hasSubscribers?: boolean;
  tracePromise(run: () => Promise<void>, context: object): Promise<void>;
}

interface DiagnosticsChannel {
  tracingChannel?(name: string): TracingChannel;
}

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
    const telling = this.#channel?.tracePromise(async () => {
      working = work();
      await working;
    }, context);
    // What goes wrong with the telling, such as with a context that a subscriber has frozen, doesn't disturb the work.
    await telling?.catch(() => {});
    return working ?? work();
  }
}

/** The channels of `node:diagnostics_channel`, by what they tell of. */
export const traced: {
  /** Each call of a client, with what `onCall` is told. */
  readonly call: Traced;
  /** Each attempt of a call, with what `onRequest` is told. */
  readonly attempt: Traced;
} = { call: /* @__PURE__ */ new Traced("call"), attempt: /* @__PURE__ */ new Traced("attempt") };

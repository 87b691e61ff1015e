/** Compiled by `tsc`, never run. What takes a module's place in a production bundle for browsers has the module's types. */
import type * as tokenSourceInBrowsers from "../../src/wrapper/auth/token-source.browser.ts";
import type * as tokenSource from "../../src/wrapper/auth/token-source.ts";
import type * as checkNamesInBrowsers from "../../src/wrapper/check-names.browser.ts";
import type * as checkNames from "../../src/wrapper/check-names.ts";
import type * as checkNodeOptionsInBrowsers from "../../src/wrapper/check-node-options.browser.ts";
import type * as checkNodeOptions from "../../src/wrapper/check-node-options.ts";
import type * as issueFieldInBrowsers from "../../src/wrapper/issue-field.browser.ts";
import type * as issueField from "../../src/wrapper/issue-field.ts";
import type * as concealInBrowsers from "../../src/wrapper/privacy/conceal.browser.ts";
import type * as conceal from "../../src/wrapper/privacy/conceal.ts";
import type * as tracingInBrowsers from "../../src/wrapper/tracing.browser.ts";
import type * as tracing from "../../src/wrapper/tracing.ts";
import type * as failureInBrowsers from "../../src/wrapper/transport/failure.browser.ts";
import type * as failure from "../../src/wrapper/transport/failure.ts";
import type * as limitBodyInBrowsers from "../../src/wrapper/transport/limit-body.browser.ts";
import type * as limitBody from "../../src/wrapper/transport/limit-body.ts";
import type * as userAgentInBrowsers from "../../src/wrapper/transport/user-agent.browser.ts";
import type * as userAgent from "../../src/wrapper/transport/user-agent.ts";
import type * as webInBrowsers from "../../src/wrapper/transport/web.browser.ts";
import type * as web from "../../src/wrapper/transport/web.ts";
import type * as warmUpInBrowsers from "../../src/wrapper/warm-up.browser.ts";
import type * as warmUp from "../../src/wrapper/warm-up.ts";

/** What the users of a class see of it: its private members are its own. */
type Seen<Value> = Value extends abstract new (
  ...args: infer Args
) => infer Made
  ? new (
      ...args: Args
    ) => Pick<Made, keyof Made>
  : Value extends (...args: never) => unknown
    ? Value
    : Value extends object
      ? { readonly [Key in keyof Value]: Seen<Value[Key]> }
      : Value;

declare function fits<Module>(variant: Seen<Module>): void;
declare const variants: {
  readonly tokenSource: Seen<typeof tokenSourceInBrowsers>;
  readonly checkNodeOptions: typeof checkNodeOptionsInBrowsers;
  readonly issueField: typeof issueFieldInBrowsers;
  readonly conceal: typeof concealInBrowsers;
  readonly checkNames: typeof checkNamesInBrowsers;
  readonly tracing: Seen<typeof tracingInBrowsers>;
  readonly failure: typeof failureInBrowsers;
  readonly limitBody: typeof limitBodyInBrowsers;
  readonly userAgent: typeof userAgentInBrowsers;
  readonly warmUp: typeof warmUpInBrowsers;
  readonly web: typeof webInBrowsers;
};
fits<typeof tokenSource>(variants.tokenSource);
fits<typeof checkNodeOptions>(variants.checkNodeOptions);
fits<typeof issueField>(variants.issueField);
fits<typeof conceal>(variants.conceal);
fits<typeof checkNames>(variants.checkNames);
// `aroundKey` is for those who watch.
fits<Omit<typeof tracing, "aroundKey">>(variants.tracing);
fits<typeof failure>(variants.failure);
fits<typeof limitBody>(variants.limitBody);
fits<typeof userAgent>(variants.userAgent);
fits<typeof warmUp>(variants.warmUp);
fits<typeof web>(variants.web);

import { context, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import { aroundKey } from "../wrapper/tracing.ts";
import { callAttributes, endAttributes, type Told } from "./attributes.ts";
import type { Follower } from "./follow.ts";
import { inRequestOf, outsideRequests } from "./request-context.ts";

interface OpenCall {
  readonly span: Span;
  attempts: number;
  /** Why the last attempt wasn't the last. */
  reason: string | undefined;
}

/**
 * Makes a span for each call and for each submission of an order. They are active while the work is done, so that the
 * spans of other instrumentations are below them.
 */
export function followSpans(
  tracer: Tracer,
): Readonly<Record<"call" | "attempt" | "token" | "submit", Follower>> {
  const calls = new Map<string, OpenCall>();
  const submissions = new WeakMap<Told, Span>();
  return {
    call: {
      start(told) {
        const { callId = "" } = told;
        const attributes = callAttributes(told);
        const template = String(attributes["url.template"]);
        // The conventions say HTTP for a method that they don't know.
        const method = attributes["http.request.method"] === "_OTHER" ? "HTTP" : told.method;
        const span = tracer.startSpan(`${method} ${template}`, { kind: SpanKind.CLIENT, attributes });
        span.setAttribute("juniper_fulfillment.call_id", callId);
        calls.set(callId, { span, attempts: 0, reason: undefined });
        const active = inRequestOf(template, told.server, trace.setSpan(context.active(), span));
        runIn(told, (work) => context.with(active, work));
      },
      asyncEnd(told) {
        const call = calls.get(told.callId ?? "");
        if (call === undefined) return;
        calls.delete(told.callId ?? "");
        call.span.setAttributes(endAttributes(told));
        if (call.attempts > 1) call.span.setAttribute("http.request.resend_count", call.attempts - 1);
        if (told.requestId !== undefined)
          call.span.setAttribute("juniper_fulfillment.request_id", told.requestId);
        finish(call.span, told.error !== undefined);
      },
    },
    attempt: {
      start({ callId = "" }) {
        const call = calls.get(callId);
        if (call === undefined) return;
        if (call.attempts++ === 0) return;
        call.span.addEvent("retry", {
          "http.request.resend_count": call.attempts - 1,
          ...(call.reason !== undefined && { "error.type": call.reason }),
        });
      },
      asyncEnd({ callId = "", status, failure }) {
        const call = calls.get(callId);
        if (call !== undefined) call.reason = String(status ?? failure ?? "_OTHER");
      },
    },
    token: {
      // It has a URL of its own, which is not that of the call which waits for it.
      start: (told) => runIn(told, (work) => context.with(outsideRequests(context.active()), work)),
    },
    submit: {
      start(told) {
        const span = tracer.startSpan("submitOrder", { kind: SpanKind.INTERNAL });
        submissions.set(told, span);
        const active = trace.setSpan(context.active(), span);
        runIn(told, (work) => context.with(active, work));
      },
      asyncEnd(told) {
        const span = submissions.get(told);
        span?.setAttributes(endAttributes({ error: told.error }));
        if (told.outcome !== undefined) span?.setAttribute("juniper_fulfillment.outcome", told.outcome);
        if (span !== undefined) finish(span, told.error !== undefined);
      },
    },
  };
}

function runIn(told: Told, around: (work: () => unknown) => unknown): void {
  Reflect.set(told, aroundKey, around);
}

function finish(span: Span, hasFailed: boolean): void {
  if (hasFailed) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

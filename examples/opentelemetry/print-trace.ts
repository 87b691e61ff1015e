import { SpanStatusCode } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";

const shown = ["url.full", "http.response.status_code", "error.type", "juniper_fulfillment.outcome"];

/** Prints spans as trees: what is below what, how long each took, and its attributes. */
export function printTrace(spans: readonly ReadableSpan[], parent?: ReadableSpan, depth = 0): void {
  const children = spans.filter(
    ({ parentSpanContext }) => parentSpanContext?.spanId === parent?.spanContext().spanId,
  );
  for (const span of children.sort((a, b) => nanoseconds(a.startTime) - nanoseconds(b.startTime))) {
    const attributes = shown.flatMap((name) => span.attributes[name] ?? []).join(" ");
    const failed = span.status.code === SpanStatusCode.ERROR ? " ERROR" : "";
    console.log(
      `${"  ".repeat(depth)}${span.name}  ${milliseconds(span)} ms${failed}  ${attributes}`.trimEnd(),
    );
    for (const { name, attributes: of = {} } of span.events)
      console.log(`${"  ".repeat(depth + 1)}- ${name}: ${of["error.type"] ?? of["exception.type"]}`);
    printTrace(spans, span, depth + 1);
  }
}

function milliseconds({ duration }: ReadableSpan): string {
  return (nanoseconds(duration) / 1e6).toFixed(1);
}

function nanoseconds([seconds, rest]: readonly [number, number]): number {
  return seconds * 1e9 + rest;
}

import { tokensOf } from "../../src/cli/document/json-pointer.ts";
import type { ReportedChange } from "./changes.ts";

/** A change in one line, which begins with its place. */
export function describeChange({ path, kind, property, verdicts, base, revision }: ReportedChange): string {
  const pointer = (revision ?? base)?.pointer ?? path;
  const place = nameOf(kind === "modified" ? withoutLast(pointer, property) : pointer);
  const messages = verdicts.map(({ message }) => message);
  if (messages.length > 0) return `${place}: ${messages.join(" ")}`;
  if (kind !== "modified") return `${place} was ${kind}.`;
  const [from, to] = [brief(base?.value), brief(revision?.value)];
  if (base?.value === undefined && to !== undefined) return `${place}: \`${property}\` is now ${to}.`;
  return `${place}: \`${property}\` changed${from && to ? ` from ${from} to ${to}` : ""}.`;
}

/** A JSON pointer as people say it: `#/components/schemas/Order/properties/customer` is `Order.customer`. */
export function nameOf(pointer: string): string {
  const tokens = tokensOf(pointer);
  const [section, first, second = "", ...rest] = tokens;
  if (section === "components" && second !== "") return `\`${second}${within(rest)}\``;
  if ((section === "paths" || section === "webhooks") && first !== undefined) {
    if (second === "") return `\`${first}\``;
    return `\`${second.toUpperCase()} ${first}\`${rest.length > 0 ? ` (${within(rest).replace(/^[.\s]+/, "")})` : ""}`;
  }
  return `\`${tokens.filter((token) => token !== "").join("/") || "the document"}\``;
}

/** `properties/lineItems/items/properties/price` as `.lineItems[].price`. */
function within(tokens: readonly string[]): string {
  let text = "";
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index];
    if (token === "properties" && index + 1 < tokens.length) text += `.${tokens[++index]}`;
    else if (token === "items") text += "[]";
    else text += ` ${token}`;
  }
  return text;
}

function withoutLast(pointer: string, property: string | undefined): string {
  return property !== undefined && pointer.endsWith(`/${property}`)
    ? pointer.slice(0, -property.length - 1)
    : pointer;
}

/** A value short enough for a line, or undefined. */
function brief(value: unknown): string | undefined {
  const text = JSON.stringify(value);
  return text === undefined || text.length > 60 ? undefined : `\`${text}\``;
}

import { isDeepStrictEqual, styleText } from "node:util";
import type { OrderRequest } from "juniper-fulfillment";
import type { RecordedRequest } from "juniper-fulfillment/testing";
import { wireSpellings } from "../samples/wire-spellings.ts";
import { detail } from "./steps.ts";

/** Shows what the vendor's two spellings look like on the wire, next to what the user wrote and reads. */
export function showSpellings(request: OrderRequest, sent: RecordedRequest | undefined, order: object): void {
  const rows: readonly [string, unknown][] = [
    ["you wrote", request],
    ["was sent", sent?.body],
    ["was returned", sent?.responseBody],
    ["you got", order],
  ];
  for (const [label, value] of rows) {
    const text = disputed(value)
      .map(([place, found]) => `${place}: ${JSON.stringify(found)}`)
      .join(", ");
    detail(`${styleText("cyan", label.padEnd(13))} ${text}`);
  }
  if (isDeepStrictEqual(disputed(request), disputed(sent?.body))) detail("The vendor spells all as you do.");
}

/** The fields of an order that the vendor spells in two ways. */
function disputed(value: unknown): [string, unknown][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, child]): [string, unknown][] =>
    wireSpellings.some(({ kind, user, wire }) => [user, wire].includes(kind === "name" ? name : child))
      ? [[name, child]]
      : disputed(child),
  );
}

import { nodes } from "../../src/generated/corrections.ts";

/** A name or a value that is sent and received in one spelling, and that our users write in another. */
export interface WireSpelling {
  readonly id: string;
  readonly kind: "name" | "value";
  readonly user: string;
  readonly wire: string;
}

/** All that the client spells otherwise on its way, by the generated table. */
export const wireSpellings: readonly WireSpelling[] = nodes.flatMap(({ renames = {}, values }) => [
  ...Object.entries(renames).map(
    ([user, { wireName: wire, id }]) => ({ id, kind: "name", user, wire }) as const,
  ),
  ...Object.entries(values?.wireValues ?? {}).map(
    ([user, wire]) => ({ id: values?.id ?? "", kind: "value", user, wire }) as const,
  ),
]);

/** A body as the vendor would send it once everything is spelled as our users spell it. */
export function spelledForUsers(body: unknown): unknown {
  let text = JSON.stringify(body) ?? "null";
  for (const { kind, user, wire } of wireSpellings) {
    const end = kind === "name" ? ":" : "";
    text = text.replaceAll(JSON.stringify(wire) + end, JSON.stringify(user) + end);
  }
  return JSON.parse(text);
}

/** What the client reports of a body that came in the vendor's spelling: `id spelling`. */
export function spellingsIn(body: unknown): string[] {
  const text = JSON.stringify(body) ?? "";
  const found = wireSpellings.filter(({ kind, wire }) =>
    text.includes(JSON.stringify(wire) + (kind === "name" ? ":" : "")),
  );
  return [...new Set(found.map(({ id, wire }) => `${id} ${wire}`))];
}

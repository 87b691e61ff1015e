import { wireSpellings } from "../../scripts/samples/wire-spellings.ts";

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

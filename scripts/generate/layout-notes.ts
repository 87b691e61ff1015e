import type { LaidOut } from "../document/layout/lay-out.ts";

/** What somebody may want to know of the layout: each a sentence, and a list where there is one. */
export function layoutNotes({ unnamed, gone, unions }: LaidOut): string[] {
  return [
    note(
      "openapi/shapes.yaml has no name for these. They keep the vendor's until you add the lines:",
      unnamed,
    ),
    note("Nothing stands at these places of openapi/shapes.yaml any more:", gone),
    note("These responses differ between the places of one shape, and are read the safe way:", unions),
  ].filter((text) => text !== undefined);
}

function note(title: string, lines: readonly string[]): string | undefined {
  return lines.length === 0 ? undefined : [title, ...lines.map((line) => `  ${line}`)].join("\n");
}

import { markdown } from "../printable.ts";
import type { Verdict } from "./verdict.ts";

/** How many changes a changelog can bear. */
const maxLines = 20;

/** The changeset of a new document, or none if our users see nothing of it: its path and text. */
export function changesetFor(
  { release, users, corrections }: Verdict,
  packageName: string,
  sha256: string,
): readonly [path: string, text: string] | undefined {
  if (release.bump === "none") return undefined;
  const shown = users.changes.slice(0, maxLines).map(({ text }) => `- ${markdown(text)}`);
  const more = users.changes.length - shown.length;
  const retired = corrections
    .filter(({ standing, isCorrected }) => isCorrected && standing === "unnecessary")
    .map(({ id }) => `- ${id} is corrected by the vendor: leave it out of the option \`corrections\`.`);
  const lines = [...shown, ...(more > 0 ? [`- And ${more} more.`] : []), ...retired];
  const text = `---\n"${packageName}": ${release.bump}\n---\n\nThe vendor's document changed:\n\n${lines.join("\n")}\n`;
  return [`.changeset/vendor-document-${sha256.slice(0, 8)}.md`, text];
}

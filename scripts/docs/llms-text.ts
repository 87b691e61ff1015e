import { type SitePage, sections } from "./pages.ts";

/** The site's table of contents for language models, as https://llmstxt.org describes it: links to the Markdown of each page. */
export function llmsText(pages: readonly SitePage[]): string {
  const parts = sections.map((section) => {
    const listed = pages.filter((page) => page.section === section);
    const links = listed.map(
      ({ title, path, group }) => `- [${group === undefined ? title : `${group}: ${title}`}](${path})`,
    );
    return `## ${section}\n\n${links.join("\n")}\n`;
  });
  const summary =
    "A typed fetch client for the Juniper Health Order Fulfillment API that never orders twice.";
  return `# juniper-fulfillment\n\n> ${summary}\n\n${parts.join("\n")}`;
}

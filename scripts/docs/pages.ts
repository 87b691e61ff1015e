/** The parts of the site, in the order of the navigation. */
export const sections = ["Start", "Recipes", "Reference", "Operations", "Maintainers"] as const;

export interface SitePage {
  /** Where it stands below the site's root, such as `operations/create-order.md`. */
  readonly path: string;
  readonly section: (typeof sections)[number];
  /** What it stands under within its section, such as `Orders`. */
  readonly group?: string;
  /** What the navigation calls it. */
  readonly title: string;
  /** Its Markdown, with links to other pages relative to its path. */
  readonly text: string;
}

/** The title of a page of Markdown: its first heading. */
export function titleOf(text: string, path: string): string {
  const title = /^# (.+)$/m.exec(text)?.[1];
  if (title === undefined)
    throw new Error(`${path} has no title: begin it with a line such as "# Webhooks".`);
  return title.replaceAll("`", "");
}

/**
 * The anchor of a heading, as GitHub makes it, so that a link works in both places. A discrepancy's heading, such as
 * "JH-01: The ZIP code has two names", has its id.
 */
export function slugOf(heading: string): string {
  return (/^[A-Z]{2,}-\d+(?=: )/.exec(heading)?.[0] ?? heading)
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(" ", "-");
}

/** The pages in the order of their sections, which begin with a page that lists the others where they have none. */
export function withOverviews(pages: readonly SitePage[]): SitePage[] {
  return sections.flatMap((section) => {
    const listed = pages.filter((page) => page.section === section);
    const path = `${section.toLowerCase()}/index.md`;
    if (listed.length === 0 || !["Recipes", "Reference"].includes(section)) return listed;
    const links = (group: string | undefined): string =>
      listed
        .filter((page) => page.group === group)
        .map((page) => `- [${page.title}](../${page.path})`)
        .join("\n");
    const groups = [...new Set(listed.flatMap((page) => page.group ?? []))];
    const parts = [links(undefined), ...groups.map((group) => `## ${group}\n\n${links(group)}`)];
    const text = `# ${section}\n\n${parts.filter((part) => part !== "").join("\n\n")}\n`;
    return [{ path, section, title: section, text }, ...listed];
  });
}

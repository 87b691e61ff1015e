/** The parts of the site, in the order of the navigation. Each address is relative to the site's root. */
const sections = [
  { name: "guide", title: "Guide", address: "index.html" },
  { name: "api", title: "HTTP API", address: "api/index.html" },
  { name: "typescript", title: "TypeScript", address: "typescript/index.html" },
] as const;

export type SectionName = (typeof sections)[number]["name"];

export interface Page {
  readonly title: string;
  readonly section: SectionName;
  /** How to get from the page to the site's root, such as `../`. Pages work from any folder, and from file://. */
  readonly root: string;
  readonly content: string;
  /** Scripts for the end of the page. */
  readonly scripts?: string;
}

/**
 * What a page may load: the site's own files. The vendor's descriptions may hold pictures and styles, and none of them
 * is fetched from another host. `file:` is the site on a disk, where `'self'` means nothing.
 */
const contentPolicy = [
  "default-src 'none'",
  "script-src 'self' file:",
  "style-src 'self' file: 'unsafe-inline'",
  "img-src 'self' file: data:",
  "worker-src blob:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** A whole page. `content` holds the element with the id `content`, which the skip link leads to. */
export function pageSource({ title, section, root, content, scripts = "" }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy}">
<title>${escapeHtml(title)}</title>
${headLinks(root)}
</head>
<body>
${headerSource(root, section)}
${content}
${scripts}</body>
</html>
`;
}

/** What every page loads. */
export function headLinks(root: string): string {
  return `<link rel="icon" href="${root}assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${root}assets/site.css">`;
}

/** The skip link and the navigation, the same on every page. */
export function headerSource(root: string, current: SectionName): string {
  const links = sections.map(({ name, title, address }) => {
    const mark = name === current ? ' aria-current="true"' : "";
    return `<a href="${root}${address}"${mark}>${title}</a>`;
  });
  return `<a class="skip-link" href="#content">Skip to the content</a>
<header class="site-header">
<a class="site-name" href="${root}index.html">juniper-fulfillment</a>
<nav class="site-nav" aria-label="Site">${links.join("")}</nav>
</header>`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

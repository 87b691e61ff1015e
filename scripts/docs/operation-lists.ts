import { isObject, type JsonObject, listOperations } from "../document/document.ts";
import type { Discrepancy } from "../document/register.ts";
import { discrepanciesOf } from "./marked-document.ts";
import type { SitePage } from "./pages.ts";
import { vendorCode, vendorLine } from "./vendor-text.ts";

/** The addresses of the environments, and every operation by tag. */
export function overviewPage(document: JsonObject, auth: JsonObject, pages: readonly SitePage[]): SitePage {
  const groups = [...new Set(pages.map(({ group }) => group ?? ""))];
  const title = "The API's operations";
  const listed = groups.flatMap((group) => [
    `## ${vendorLine(group)}`,
    pages
      .filter((page) => (page.group ?? "") === group)
      .map(
        (page) =>
          `- [${vendorLine(page.title)}](${page.path.replace("operations/", "")}): \`${addressOf(page)}\``,
      )
      .join("\n"),
  ]);
  const text = [
    `# ${title}`,
    "Each operation with its parameters, fields and responses, as this client's users see them. The pages are written from `openapi/corrected.yaml`.",
    "| environment | API | token endpoint |\n|---|---|---|\n" +
      ["Sandbox", "Production"]
        .map(
          (name, index) =>
            `| ${name} | ${vendorCode(serversOf(document)[index])} | ${vendorCode(`${serversOf(auth)[index]}/oauth2/token`)} |`,
        )
        .join("\n"),
    ...listed,
    "## Inferred",
    "A place that is marked as inferred is described by no page of the vendor's. It follows from others, such as the limits of another list. Treat it as likely and not as promised.",
  ];
  return {
    path: "operations/index.md",
    section: "Operations",
    title: "Overview",
    text: `${text.join("\n\n")}\n`,
  };
}

function addressOf({ text }: SitePage): string {
  return /```http\n(.+)\n/.exec(text)?.[1] ?? "";
}

/** Every discrepancy of the register, with the operations that meet it. `pages` are those of the document's operations. */
export function discrepanciesPage(
  document: JsonObject,
  register: ReadonlyMap<string, Discrepancy>,
  pages: readonly SitePage[],
): SitePage {
  const operations = listOperations(document);
  const entries = [...register.values()].map((entry) => {
    const met = operations.flatMap(({ operation }, index) => {
      const page = pages[index];
      return page !== undefined && discrepanciesOf(document, operation).includes(entry.id)
        ? [`[${vendorLine(page.title)}](${page.path})`]
        : [];
    });
    return [
      `## ${entry.id}: ${entry.title}`,
      entry.isKept ? "Kept as documented." : "Corrected.",
      [
        `- The vendor says: ${entry.vendor}.`,
        `- You see: ${entry.users}.`,
        `- Where it shows: ${entry.source}`,
      ].join("\n"),
      ...(met.length === 0 ? [] : [`Operations: ${met.join(", ")}.`]),
    ].join("\n\n");
  });
  const intro =
    "Places where the vendor's document contradicts itself, or the API. The client translates what is corrected; what is kept is typed as documented.";
  return {
    path: "discrepancies.md",
    section: "Reference",
    title: "Discrepancies in the vendor's document",
    text: `# Discrepancies in the vendor's document\n\n${intro}\n\n${entries.join("\n\n")}\n`,
  };
}

/** The servers of a document: the sandbox's first. */
export function serversOf({ servers }: JsonObject): string[] {
  return (Array.isArray(servers) ? servers : []).map((server) =>
    isObject(server) ? String(server.url) : "",
  );
}

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import {
  Application,
  type Converter,
  JSX,
  LogLevel,
  type ProjectReflection,
  ReflectionKind,
  type Renderer,
} from "typedoc";
import { isObject, parseDocument } from "../document/document.ts";
import { documentedProgram } from "./documented-sources.ts";
import { headerSource, headLinks } from "./page.ts";

/** Types of parameters that nobody writes: the package's own client fits them. */
const intentionallyNotExported = [
  "BasketItem",
  "CallMethod",
  "CreateInit",
  "ItemPrices",
  "List",
  "MethodsOf",
  "PageInit",
  "OrderInit",
  "Query",
  "RequestMethod",
  "course",
  "MiddlewareCall",
  "ReadInit",
];

/** Writes the reference of everything that the package exports. False when TypeDoc found a fault. */
export async function writeTypeScriptReference(folder: string): Promise<boolean> {
  const entries = await entryFiles();
  const app = await Application.bootstrap({
    name: "juniper-fulfillment",
    entryPoints: entries.map(({ file }) => file),
    tsconfig: "tsconfig.build.json",
    readme: "none",
    logLevel: LogLevel.Warn,
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true,
    hideGenerator: true,
    includeVersion: false,
    searchInComments: true,
    visibilityFilters: {},
    router: "structure",
    sort: ["kind", "alphabetical"],
    groupOrder: [
      "Modules",
      "Functions",
      "Classes",
      "Interfaces",
      "Type Aliases",
      "Variables",
      "Schemas",
      "Values",
      "*",
    ],
    customCss: "scripts/docs/assets/typescript.css",
    customJs: "scripts/docs/assets/typescript.js",
    lightHighlightTheme: "github-light-high-contrast",
    darkHighlightTheme: "github-dark-high-contrast",
    navigation: { includeGroups: true },
    validation: { invalidLink: true, notExported: true, notDocumented: true, rewrittenLink: true },
    requiredToBeDocumented: requiredKinds,
    intentionallyNotExported,
  });
  adaptPages(app);
  app.converter.on("resolveBegin" satisfies typeof Converter.EVENT_RESOLVE_BEGIN, ({ project }) =>
    shortenGenerated(project),
  );
  // The sources are read, not compiled.
  const reading = {
    declaration: false,
    emitDeclarationOnly: false,
    isolatedDeclarations: false,
    declarationMap: false,
    noEmit: true,
  };
  const options = { ...app.options.getCompilerOptions(app.logger), ...reading };
  const program = documentedProgram(
    entries.map(({ file }) => file),
    options,
    await schemaSentences(),
  );
  const project = app.converter.convert(
    entries.flatMap(({ name, file }) => {
      const sourceFile = program.getSourceFile(file);
      return sourceFile === undefined ? [] : [{ displayName: name, program, sourceFile }];
    }),
  );
  app.validate(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) return false;
  await app.generateDocs(project, folder);
  return !app.logger.hasErrors() && !app.logger.hasWarnings();
}

const requiredKinds = [
  "Accessor",
  "Class",
  "Enum",
  "EnumMember",
  "Function",
  "Interface",
  "Method",
  "Property",
  "TypeAlias",
  "Variable",
] satisfies (keyof typeof ReflectionKind)[];

/** The entries of the package, as package.json exports them, with the source of each. */
async function entryFiles(): Promise<{ name: string; file: string }[]> {
  const { name, exports } = JSON.parse(await readFile("package.json", "utf8"));
  return Object.entries<unknown>(exports).flatMap(([subpath, conditions]) => {
    const source = isObject(conditions) ? conditions["juniper-fulfillment-source"] : undefined;
    return typeof source === "string" ? [{ name: subpath.replace(/^\./, name), file: resolve(source) }] : [];
  });
}

/** What the document says of each schema, or that it says nothing. */
async function schemaSentences(): Promise<Map<string, string>> {
  const path = "openapi/corrected.yaml";
  const { components } = parseDocument(await readFile(path, "utf8"), path);
  const schemas = isObject(components) && isObject(components.schemas) ? components.schemas : {};
  return new Map(
    Object.entries(schemas).map(([name, schema]) => {
      const description = isObject(schema) ? schema.description : undefined;
      const sentence =
        typeof description === "string" ? description : `The schema \`${name}\` of the document.`;
      return [name, sentence.replace(/\s+/g, " ")];
    }),
  );
}

/** The parts of the document as one type each would be pages of nothing: their schemas are listed by name. */
function shortenGenerated(project: ProjectReflection): void {
  const names = ["paths", "webhooks", "components", "operations"];
  for (const reflection of project.getReflectionsByKind(ReflectionKind.Interface)) {
    if (!names.includes(reflection.name) || !reflection.isDeclaration()) continue;
    for (const child of [...(reflection.children ?? [])]) project.removeReflection(child);
  }
}

/** Brings TypeDoc's pages into line with the others: header, landmarks, and what a keyboard or file:// needs. */
function adaptPages(app: Application): void {
  const siteRoot = (context: { relativeURL(url: string): string | undefined }): string =>
    `${context.relativeURL("./") ?? ""}../`;
  const { hooks } = app.renderer;
  hooks.on("head.end", (context) => raw(headLinks(siteRoot(context))));
  hooks.on("body.begin", (context) => raw(headerSource(siteRoot(context), "typescript")));
  hooks.on("content.begin", () => raw('<main id="content" tabindex="-1">'));
  hooks.on("content.end", () => raw("</main>"));
  app.renderer.on("endPage" satisfies typeof Renderer.EVENT_END_PAGE, (page) => {
    page.contents = (page.contents ?? "")
      // A browser loads no icons out of another file from file://. The script icons.js puts all of them in the page.
      .replace(/href="[^"]*icons\.svg#/g, 'href="#')
      // A link within the summary of a <details> can't be told from the summary by a keyboard's user.
      .replace(/<summary.*?<\/summary>/gs, (summary) =>
        summary.replace(/<a [^>]*class="tsd-anchor-icon".*?<\/a>/gs, ""),
      )
      .replace('<header class="tsd-page-toolbar">', '<header class="tsd-page-toolbar" role="presentation">');
  });
}

function raw(html: string): JSX.Element {
  return JSX.createElement(JSX.Raw, { html });
}

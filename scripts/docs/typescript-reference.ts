import { Application, type Converter, LogLevel, type ProjectReflection, ReflectionKind } from "typedoc";
import { documentedProgram, type GeneratedSchema } from "./documented-sources.ts";
import type { ReferenceTask } from "./reference-tasks.ts";

/** Types of parameters that nobody writes: the package's own client fits them. */
const intentionallyNotExported = [
  "BasketItem",
  "CallOptions",
  "Called",
  "CreateInit",
  "InitArguments",
  "ItemPrices",
  "List",
  "Method",
  "MethodsOf",
  "MiddlewareCall",
  "OrderInit",
  "Outcome",
  "PageInit",
  "PathWith",
  "Query",
  "ReadInit",
  "SuggestedPath",
  "Without",
  "course",
];

/**
 * Writes the reference of everything that the package exports into a folder, a Markdown file for each task.
 *
 * @throws {Error} for a member without a sentence, or a link that leads nowhere. TypeDoc has printed which.
 */
export async function writeTypeScriptReference(
  tasks: readonly ReferenceTask[],
  generated: GeneratedSchema,
  folder: string,
): Promise<void> {
  const app = await Application.bootstrapWithPlugins({
    plugin: ["typedoc-plugin-markdown"],
    name: "TypeScript reference",
    entryPoints: tasks.map(({ file }) => file),
    tsconfig: "tsconfig.build.json",
    readme: "none",
    logLevel: LogLevel.Warn,
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true,
    disableSources: true,
    router: "module",
    sort: ["kind", "alphabetical"],
    groupOrder: ["Functions", "Classes", "Interfaces", "Type Aliases", "Variables", "Schemas", "Values", "*"],
    validation: { invalidLink: true, notExported: true, notDocumented: true, rewrittenLink: true },
    requiredToBeDocumented: requiredKinds,
    intentionallyNotExported,
    ...markdownOptions,
  });
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
  const program = documentedProgram(tasks, options, generated);
  const project = app.converter.convert(
    tasks.flatMap(({ name, file }) => {
      const sourceFile = program.getSourceFile(file);
      return sourceFile === undefined ? [] : [{ displayName: name, program, sourceFile }];
    }),
  );
  app.validate(project);
  if (!app.logger.hasErrors() && !app.logger.hasWarnings()) {
    await app.outputs.writeOutput({ name: "markdown", path: folder }, project);
  }
  if (app.logger.hasErrors() || app.logger.hasWarnings()) {
    throw new Error("The TypeScript reference is not complete: correct what is listed above.");
  }
}

const markdownOptions = {
  entryFileName: "index",
  hidePageHeader: true,
  hidePageTitle: true,
  hideBreadcrumbs: true,
  parametersFormat: "table",
  useCodeBlocks: true,
};

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

/** The parts of the document as one type each would be pages of nothing: their schemas are listed by name. */
function shortenGenerated(project: ProjectReflection): void {
  const names = ["paths", "webhooks", "components", "operations"];
  for (const reflection of project.getReflectionsByKind(ReflectionKind.Interface)) {
    if (!names.includes(reflection.name) || !reflection.isDeclaration()) continue;
    for (const child of [...(reflection.children ?? [])]) project.removeReflection(child);
  }
}

import ts from "typescript";
import { findKeyLiterals } from "./key-literals.ts";
import { serviceFor } from "./language-service.ts";
import { type Module, modulesOf } from "./modules.ts";
import { propertyDeclaration } from "./property-declaration.ts";
import type { SpellingChange } from "./spelling-changes.ts";

const schemaPath = "src/generated/schema.ts";

/** A place of a file where a property is named, and what it is to say there. */
export interface Usage {
  readonly file: string;
  readonly start: number;
  readonly length: number;
  readonly text: string;
}

/** Everything in the modules of a project that names one of the properties. */
export interface Usages {
  readonly certain: readonly Usage[];
  /** What TypeScript takes for a name, and may be that of something else. */
  readonly doubtful: readonly Usage[];
}

export function findUsages(root: string, config: object, changes: readonly SpellingChange[]): Usages {
  const parsed = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const modules = new Map(modulesOf(root, parsed).map((module) => [module.path, module]));
  const service = serviceFor(root, parsed.options, modules);
  const program = service.getProgram();
  const schema = program?.getSourceFile(`${root}/${schemaPath}`);
  const certain = new Map<string, Usage>();
  const doubtful = new Map<string, Usage>();
  if (program === undefined || schema === undefined) return { certain: [], doubtful: [] };
  const written = [...modules.values()].filter(({ file }) => !file.startsWith("src/generated/"));
  const add = (
    to: Map<string, Usage>,
    { file, place }: Module,
    at: number,
    length: number,
    text: string,
  ): void => {
    const start = place(at);
    to.set(`${file} ${start}`, { file, start, length, text });
  };
  for (const { place, from, to } of changes) {
    const property = propertyDeclaration(schema, place, from);
    if (property === undefined) continue;
    const offset = property.name.getStart(schema);
    const preferences = { providePrefixAndSuffixTextForRename: true };
    const locations = service.findRenameLocations(schema.fileName, offset, false, false, preferences) ?? [];
    for (const { fileName, textSpan, prefixText = "", suffixText = "" } of locations) {
      const module = modules.get(fileName);
      if (module === undefined || !written.includes(module)) continue;
      add(certain, module, textSpan.start, textSpan.length, prefixText + to + suffixText);
    }
    for (const module of written.filter(({ text }) => text.includes(from))) {
      const source = program.getSourceFile(module.path);
      if (source === undefined) continue;
      for (const { start, isKey } of findKeyLiterals(program.getTypeChecker(), source, property)) {
        add(isKey ? certain : doubtful, module, start, from.length, to);
      }
    }
  }
  for (const place of certain.keys()) doubtful.delete(place);
  return { certain: [...certain.values()], doubtful: [...doubtful.values()] };
}

import { GenerationError, type JsonObject, listOperations } from "../../document/document.ts";
import { numberNodes } from "./number-nodes.ts";
import type { CorrectionTable } from "./table.ts";
import { Walk } from "./walk.ts";

/** The table of an operation's request, query and responses, by the `x-wire-*` marks that stand there. */
export function collectCorrections(document: JsonObject): CorrectionTable {
  const walk = new Walk(document);
  const drafts = listOperations(document).map((operation) => walk.operation(operation));
  const problems = [...walk.problems, ...walk.unreached()];
  if (problems.length > 0) throw new GenerationError(problems);
  return numberNodes(drafts);
}

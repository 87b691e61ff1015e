import type { DraftNode, DraftOperation } from "./drafts.ts";
import type { CorrectionTable, TableNode, TableOperation } from "./table.ts";

/** Leaves out every place that leads to no mark, and numbers the rest in the order in which they are met. */
export function numberNodes(drafts: readonly DraftOperation[]): CorrectionTable {
  const useful = usefulNodes(drafts);
  const numbers = new Map<DraftNode, number>();
  const nodes: TableNode[] = [];
  const ids = new Set<string>();

  const numberOf = (draft: DraftNode | undefined): number | undefined => {
    if (draft === undefined || !useful.has(draft)) return undefined;
    const known = numbers.get(draft);
    if (known !== undefined) return known;
    const own = numbers.size;
    numbers.set(draft, own);
    for (const { id } of Object.values(draft.renames)) ids.add(id);
    if (draft.values !== undefined) ids.add(draft.values.id);
    nodes[own] = {
      renames: draft.renames,
      ...(draft.values && { values: draft.values }),
      properties: numbersOf(draft.properties),
      ...optional("items", numberOf(draft.items)),
      ...additionalOf(draft),
    };
    return own;
  };
  const additionalOf = (draft: DraftNode): Pick<TableNode, "additional" | "others"> => {
    const additional = numberOf(draft.additional);
    if (additional === undefined) return {};
    const others = Object.keys(draft.properties).filter(
      (name) => !useful.has(draft.properties[name] as DraftNode),
    ); // Its own key.
    return others.length === 0 ? { additional } : { additional, others };
  };
  const numbersOf = (drafts: Record<string, DraftNode>): Record<string, number> => {
    const result: Record<string, number> = {};
    for (const [name, draft] of Object.entries(drafts)) {
      const own = numberOf(draft);
      if (own !== undefined) result[name] = own;
    }
    return result;
  };

  const operations: Record<string, TableOperation> = {};
  for (const draft of drafts) {
    const operation: TableOperation = {
      ...optional("query", numberOf(draft.query)),
      ...optional("request", numberOf(draft.request)),
      responses: numbersOf(draft.responses),
    };
    const isCorrected = operation.query !== undefined || operation.request !== undefined;
    if (isCorrected || Object.keys(operation.responses).length > 0) operations[draft.key] = operation;
  }
  return { ids: [...ids].sort(), nodes, operations };
}

/** The nodes that hold a mark or lead to one. */
function usefulNodes(drafts: readonly DraftOperation[]): Set<DraftNode> {
  const parents = new Map<DraftNode, DraftNode[]>();
  const visit = (node: DraftNode, parent?: DraftNode): void => {
    const known = parents.get(node);
    if (known !== undefined) {
      if (parent) known.push(parent);
      return;
    }
    parents.set(node, parent ? [parent] : []);
    for (const child of [...Object.values(node.properties), node.items, node.additional]) {
      if (child !== undefined) visit(child, node);
    }
  };
  for (const draft of drafts) {
    for (const node of [draft.query, draft.request, ...Object.values(draft.responses)]) {
      if (node !== undefined) visit(node);
    }
  }
  const useful = new Set<DraftNode>();
  const keep = (node: DraftNode): void => {
    if (useful.has(node)) return;
    useful.add(node);
    for (const parent of parents.get(node) ?? []) keep(parent);
  };
  for (const node of parents.keys()) {
    if (node.values !== undefined || Object.keys(node.renames).length > 0) keep(node);
  }
  return useful;
}

function optional<Key extends string>(key: Key, value: number | undefined): { [K in Key]?: number } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]: number });
}

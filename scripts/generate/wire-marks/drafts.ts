/** A place in a body, before it is known whether it leads to a mark. */
export interface DraftNode {
  renames: Record<string, { wireName: string; id: string }>;
  values?: { wireValues: Record<string, string>; id: string };
  properties: Record<string, DraftNode>;
  items?: DraftNode;
  additional?: DraftNode;
}

/** What was found in an operation. */
export interface DraftOperation {
  key: string;
  query: DraftNode;
  request?: DraftNode;
  responses: Record<string, DraftNode>;
}

/** What has to be done to one place in a body, in the user's spelling. Other places are named by their number. */
export interface TableNode {
  readonly renames: Readonly<Record<string, { readonly wireName: string; readonly id: string }>>;
  readonly values?: { readonly wireValues: Readonly<Record<string, string>>; readonly id: string };
  readonly properties: Readonly<Record<string, number>>;
  readonly items?: number;
  /** Where every other property leads, and which properties `others` are not meant. */
  readonly additional?: number;
  readonly others?: readonly string[];
}

export interface TableOperation {
  readonly query?: number;
  readonly request?: number;
  readonly responses: Readonly<Record<string, number>>;
}

/** The runtime table: where each operation's bodies hold something that travels under another spelling. */
export interface CorrectionTable {
  readonly ids: readonly string[];
  readonly nodes: readonly TableNode[];
  readonly operations: Readonly<Record<string, TableOperation>>;
}

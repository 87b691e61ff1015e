import { nearest } from "../../wrapper/nearest.ts";
import type { OrderField } from "./order-fields.ts";
import type { Problem } from "./submission-line.ts";

/** What a column of a CSV fills. */
interface Column {
  /** Its name in the file, such as `lineItems[0].productId`. */
  readonly name: string;
  readonly steps: readonly (string | number)[];
  readonly type: string;
}

/** A place in an order: properties by their names, items of lists by their positions. */
type Holder = Record<string | number, unknown>;

/** The columns of a CSV, as its first line names them by the paths of an order's fields. */
export class Columns {
  /** What is wrong with the first line. Nothing can be read by it then. */
  readonly problems: readonly Problem[];
  readonly #columns: readonly (Column | "reference" | undefined)[];

  /** `ignored` are columns of the user's own. */
  constructor(
    header: readonly string[],
    fields: ReadonlyMap<string, OrderField>,
    ignored: ReadonlySet<string>,
  ) {
    const names = header.map((name) => name.trim());
    this.#columns = names.map((name) => {
      if (name === "reference") return "reference";
      const field = ignored.has(name) ? undefined : fields.get(name.replace(/\[\d{1,3}\]/g, "[]"));
      return field && { name, steps: stepsOf(name), type: field.type };
    });
    this.problems = this.#columns.some(Boolean)
      ? [...this.#unknown(names, fields, ignored), ...repeated(names), ...missing(names, fields)]
      : [
          {
            field: "",
            problem: `has no field of an order: the first line must name the columns${hint(names)}`,
          },
        ];
  }

  get length(): number {
    return this.#columns.length;
  }

  /** Makes an order of the cells of a line. Cells that are empty are left out. */
  read(cells: readonly string[]): { reference: unknown; order: unknown; problems: Problem[] } {
    let reference: unknown;
    const order: Holder = {};
    const problems: Problem[] = [];
    for (const [index, column] of this.#columns.entries()) {
      const cell = cells[index] ?? "";
      if (column === undefined || cell.trim() === "") continue;
      if (column === "reference") reference = cell;
      else put(order, column.steps, typedCell(cell, column.type));
    }
    findGaps(order, "", problems);
    return { reference, order, problems };
  }

  *#unknown(
    names: readonly string[],
    fields: ReadonlyMap<string, OrderField>,
    ignored: ReadonlySet<string>,
  ): Generator<Problem> {
    const known = [...fields.keys(), "reference"].map((path) => path.replaceAll("[]", "[0]"));
    for (const [index, name] of names.entries()) {
      if (this.#columns[index] !== undefined || ignored.has(name)) continue;
      const like = nearest(name, known);
      const hint = like === undefined ? "" : `; did you mean ${like}?`;
      const where = /^[A-Za-z_][\w.[\]-]{0,80}$/.test(name) ? `the column ${name}` : `column ${index + 1}`;
      yield { field: "", problem: `${where} is not a field of an order${hint}` };
    }
  }
}

/** A line that is one cell was written with something else between its cells, as spreadsheets do in some countries. */
function hint([only = "", ...rest]: readonly string[]): string {
  const delimiter = rest.length > 0 ? undefined : only.match(/[;\t|,]/)?.[0];
  if (delimiter === undefined) return "";
  const word = delimiter === "\t" ? "$'\\t'" : `'${delimiter}'`;
  return `. Does it need --delimiter ${word}?`;
}

function stepsOf(name: string): (string | number)[] {
  return [...name.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, property, position]) =>
    property === undefined ? Number(position) : property,
  );
}

function* repeated(names: readonly string[]): Generator<Problem> {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name) && name !== "") yield { field: "", problem: `the column ${name} appears twice` };
    seen.add(name);
  }
}

/** Columns without which no line can be an order. Every list must have a first item at least. */
function* missing(names: readonly string[], fields: ReadonlyMap<string, OrderField>): Generator<Problem> {
  const wanted = new Set(["reference"]);
  for (const { path, isRequired } of fields.values()) {
    if (!isRequired) continue;
    const [list, ...rest] = path.split("[]");
    wanted.add(path.replaceAll("[]", "[0]"));
    if (rest.length !== 1) continue;
    for (const name of names) {
      const [, position] = name.startsWith(`${list}[`) ? (/\[(\d{1,3})\]/.exec(name) ?? []) : [];
      if (position !== undefined) wanted.add(`${list}[${position}]${rest[0]}`);
    }
  }
  for (const name of wanted) {
    if (!names.includes(name)) yield { field: "", problem: `the column ${name} is missing` };
  }
}

/** A cell as the type that its field has. What is of another type stays as it is: the schema names it. */
function typedCell(cell: string, type: string): unknown {
  const text = cell.trim();
  if (type === "integer" && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (type === "number" && /^-?\d{1,15}(\.\d{1,15})?$/.test(text)) return Number(text);
  if (type === "boolean" && /^(true|false)$/i.test(text)) return text.toLowerCase() === "true";
  return cell;
}

function put(order: Holder, steps: readonly (string | number)[], value: unknown): void {
  let holder = order;
  for (const [index, step] of steps.entries()) {
    const next = steps[index + 1];
    if (next === undefined) holder[step] = value;
    else {
      holder[step] ??= typeof next === "number" ? [] : {};
      holder = holder[step] as Holder;
    }
  }
}

/** Notes lists whose first items are empty: which of them was meant can't be told. */
function findGaps(value: unknown, place: string, problems: Problem[]): void {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const field = `${place}[${index}]`;
      if (value[index] === undefined) problems.push({ field, problem: "is empty, but a later one is not" });
      else findGaps(value[index], field, problems);
    }
  } else if (typeof value === "object" && value !== null) {
    for (const [name, child] of Object.entries(value)) {
      findGaps(child, place === "" ? name : `${place}.${name}`, problems);
    }
  }
}

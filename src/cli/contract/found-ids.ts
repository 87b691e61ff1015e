import { isObject } from "../document/document.ts";

type Id = string | number;

/** The ids that responses have brought, by the path that asks for them: `/orders/{}`. */
export class FoundIds {
  readonly #ids = new Map<string, Id>();

  /** Keeps the id of the first item that the list at a path has. */
  remember(path: string, data: unknown): void {
    const id = firstId(data);
    if (id !== undefined) this.#ids.set(`${nameless(path)}/{}`, id);
  }

  /** What the parameters of a path are to be, or the name of one for which there is no id. */
  fill(path: string): Readonly<Record<string, Id>> | string {
    const parameters: Record<string, Id> = {};
    for (const { 0: whole, 1: name = "", index } of path.matchAll(/\{([^{}]*)\}/g)) {
      const id = this.#ids.get(nameless(path.slice(0, index + whole.length)));
      if (id === undefined) return name;
      parameters[name] = id;
    }
    return parameters;
  }
}

function nameless(path: string): string {
  return path.replaceAll(/\{[^{}]*\}/g, "{}");
}

/** Lists stand in the response itself, or in one of its properties. */
function firstId(data: unknown): Id | undefined {
  const lists = Array.isArray(data)
    ? [data]
    : Object.values(isObject(data) ? data : {}).filter(Array.isArray);
  const ids = lists.map(([first]) => (isObject(first) ? first.id : undefined));
  return ids.find((id) => typeof id === "string" || typeof id === "number");
}

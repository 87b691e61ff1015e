import { isObject } from "../document/document.ts";

/** What answers to reads can't tell, and why. */
const inaudible: Readonly<Record<string, string>> = {
  "JH-05": "stands in webhooks",
  "JH-07": "stands in requests",
  "JH-09": "stands in requests",
  "JH-10": "stands in a description",
};

const audible = ["JH-01", "JH-02", "JH-03", "JH-04", "JH-06", "JH-08", "JH-11"];

/** How the live API speaks where the document contradicts itself. Names and constants alone, no values of customers. */
export class Spellings {
  readonly #heard = new Map<string, Set<string>>();

  hear(id: string, spelling: string): void {
    this.#heard.set(id, (this.#heard.get(id) ?? new Set()).add(spelling));
  }

  /** Listens to an answer for what the client doesn't report: it corrects nothing there. */
  listen(operationId: string, data: unknown): void {
    this.hear("JH-04", "/v1");
    if (/Webhook|Shipping|Settings|delete/i.test(operationId)) return;
    for (const item of itemsOf(data)) {
      this.hear(
        "JH-11",
        typeof item.id === "string" || typeof item.id === "number" ? "with id" : "without id",
      );
      if (!/order/i.test(operationId)) continue;
      if (item.status === "NEW" || item.status === "CREATED") this.hear("JH-03", item.status);
      const { daysSupply } = item;
      if (typeof daysSupply === "number") {
        this.hear("JH-06", [30, 60, 90].includes(daysSupply) ? "30, 60 or 90" : "other numbers");
      }
    }
  }

  /** Listens to how an error is told (JH-08). */
  listenToError(error: unknown): void {
    this.hear("JH-08", shapeOfError(error));
  }

  /** Each discrepancy, and what was heard of it. */
  list(): readonly (readonly [id: string, heard: string])[] {
    const told = audible.map((id) => {
      const heard = [...(this.#heard.get(id) ?? [])].sort();
      return [id, heard.length > 0 ? heard.join(" and ") : "not heard in these answers"] as const;
    });
    return [...told, ...Object.entries(inaudible)].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

/** The items of a list, or the answer itself. */
function itemsOf(data: unknown): Readonly<Record<string, unknown>>[] {
  if (!isObject(data)) return [];
  const lists = Object.values(data).filter(Array.isArray);
  return "id" in data || lists.length !== 1 ? [data] : (lists[0] ?? []).filter(isObject);
}

function shapeOfError(error: unknown): string {
  if (!isObject(error)) return "no object";
  if (typeof error.detail === "string") return "detail, a text";
  if (Array.isArray(error.detail)) return "detail, a list";
  if (typeof error.error === "string") return "error, a text";
  return "loc" in error ? "a bare item" : "another object";
}

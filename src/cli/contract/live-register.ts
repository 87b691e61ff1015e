import { isObject, type Json, type JsonObject } from "../document/document.ts";

/** How the live API can be heard: what to say of a value of some shapes that fits a JSON Schema. */
export interface LiveSigns {
  /** Names of shapes, or `errors` or `responses` for any of them. */
  readonly in: readonly string[];
  readonly says: Readonly<Record<string, JsonObject>>;
}

/** What the register, `openapi/corrections.yaml`, says of hearing one discrepancy. */
export interface LiveDiscrepancy {
  readonly id: string;
  /** How the live API is heard, or why it can't be. Undefined where the client itself reports it. */
  readonly live: LiveSigns | string | undefined;
}

/** Every discrepancy of the register, in the order of their ids. */
export function readLiveRegister(overlay: JsonObject): LiveDiscrepancy[] {
  const actions = Array.isArray(overlay.actions) ? overlay.actions.filter(isObject) : [];
  return actions
    .map((action) => action["x-discrepancy"])
    .filter(isObject)
    .map(({ id, live }) => ({ id: String(id), live: liveOf(live) }))
    .sort((one, other) => one.id.localeCompare(other.id, "en", { numeric: true }));
}

function liveOf(live: Json | undefined): LiveDiscrepancy["live"] {
  if (!isObject(live)) return typeof live === "string" ? live : undefined;
  const shapes = (Array.isArray(live.in) ? live.in : []).filter((name) => typeof name === "string");
  const says = isObject(live.says) ? Object.entries(live.says) : [];
  const schemas = says.filter((entry): entry is [string, JsonObject] => isObject(entry[1]));
  return { in: shapes, says: Object.fromEntries(schemas) };
}

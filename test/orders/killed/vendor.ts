import { type ScriptedServer, startScriptedServer } from "../../../scripts/samples/scripted-server.ts";

/** What the vendor does with a POST. */
export type Reaction = "store" | "store, then drop" | "drop" | "refuse";

interface StoredOrder {
  readonly id: string;
  readonly [field: string]: unknown;
}

/** A server that may hide the orders of one reference, or all others: the headers say whose a request is, and what it meets. */
export async function startVendor(): Promise<
  ScriptedServer & { ordersOf(reference: string): StoredOrder[] }
> {
  const all = new Map<string, StoredOrder[]>();
  const ordersOf = (reference: string): StoredOrder[] => all.get(reference) ?? [];
  const server = await startScriptedServer(({ method, path, headers, body }, response) => {
    const reference = String(headers["x-reference"]);
    const orders = ordersOf(reference);
    if (method === "GET") {
      const order = [...all.values()].flat().find(({ id }) => path.endsWith(`/${id}`));
      const isHidden = headers["x-hidden"] === "yes";
      const areOthersHidden = headers["x-others-hidden"] === "yes";
      const listed = [...all].flatMap(([of, its]) =>
        (of === reference ? isHidden : areOthersHidden) ? [] : its,
      );
      return { json: order ?? { orders: listed } };
    }
    const reaction = headers["x-reaction"] as Reaction;
    if (reaction === "refuse") return { status: 422, json: { detail: "no" } };
    if (reaction === "drop") return void response.destroy();
    const atMs = Date.now() + Number(headers["x-hour"]) * 3_600_000;
    const own = { id: `${reference}.${orders.length + 1}`, createdAt: new Date(atMs).toISOString() };
    const order = { ...JSON.parse(body), status: "CREATED", ...own };
    all.set(reference, [...orders, order]);
    if (reaction === "store, then drop") return void response.destroy();
    return { status: 201, json: order };
  });
  return Object.assign(server, { ordersOf });
}

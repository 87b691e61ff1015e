import { nodes, operations } from "../../generated/corrections.ts";

/**
 * How an order in a response spells an order type that a request spells `ONE_TIME` (JH-02). It is read from the table of
 * corrections, so that nothing has to change here when the vendor settles on one spelling.
 */
export function orderTypeInResponses(orderType: string): string {
  const { responses = {} } = operations["POST /orders"] ?? {};
  const order = nodes[responses["201"] ?? responses["2XX"] ?? -1];
  const place = nodes[order?.properties?.orderType ?? -1];
  return place?.values?.wireValues[orderType] ?? orderType;
}

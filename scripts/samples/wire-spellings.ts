import { nodes } from "../../src/generated/corrections.ts";
import { orderRequest } from "./requests.ts";

/** A name or a value that is sent and received in one spelling, and that our users write in another. */
export interface WireSpelling {
  readonly id: string;
  readonly kind: "name" | "value";
  readonly user: string;
  readonly wire: string;
}

/** All that the client spells otherwise on its way, by the generated table. */
export const wireSpellings: readonly WireSpelling[] = nodes.flatMap(({ renames = {}, values }) => [
  ...Object.entries(renames).map(
    ([user, { wireName: wire, id }]) => ({ id, kind: "name", user, wire }) as const,
  ),
  ...Object.entries(values?.wireValues ?? {}).map(
    ([user, wire]) => ({ id: values?.id ?? "", kind: "value", user, wire }) as const,
  ),
]);

/** Those that the sample order holds. */
export const orderSpellings: readonly WireSpelling[] = wireSpellings.filter(({ user }) =>
  JSON.stringify(orderRequest).includes(JSON.stringify(user)),
);

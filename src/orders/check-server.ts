import { InvalidRequestError } from "../wrapper/errors.ts";
import { serverOfClient } from "../wrapper/server-of-client.ts";
import type { Entry } from "./entry.ts";
import type { OrderClient } from "./order-client.ts";

/** @throws {InvalidRequestError} for an entry whose order went to another server than the calls of the client do. */
export function checkServer({ server, state }: Entry, client: OrderClient): void {
  const own = serverOfClient(client);
  if (state === "void" || server === undefined || own === undefined || server === own) return;
  throw new InvalidRequestError(
    `The reference was submitted to another server, ${server.split("/")[0]}. Give each environment a ledger of its own. Nothing was sent.`,
  );
}

import { type FulfillmentClient, unwrap } from "juniper-fulfillment";
import { type Terminal, UsageError } from "./command.ts";
import type { Connection } from "./connection.ts";
import { shown } from "./shown.ts";

/** The option of every command that writes at the vendor, for parseArgs. */
export const productionOptions = { yes: { type: "string" } } as const;

/** What the usage says of it. */
export const productionUsage = `  --yes NAME            the partner's name, to confirm production; without it you are asked to type it. Production, known
                        by the hosts of the API and of the token endpoint, needs --environment production too`;

/**
 * Makes sure that whoever writes to production means it, and as whom: orders there are real parcels.
 *
 * @throws {UsageError} when that is not so. Nothing was written then.
 */
export async function confirmProduction(
  client: FulfillmentClient,
  { isProduction, saysProduction }: Connection,
  what: string,
  yes: string | undefined,
  { ask, signal }: Terminal,
): Promise<void> {
  if (!isProduction) return;
  if (!saysProduction) {
    throw new UsageError(`This ${what} in production. If you mean it, pass --environment production.`);
  }
  const settings = Object(unwrap(await client.GET("/partners/settings", { signal })));
  // Whatever came.
  const names = [settings.name, settings.id].filter((each) => typeof each === "string");
  const name = names.map((each) => each.trim()).find(Boolean);
  if (name === undefined) {
    throw new UsageError("The API returns no partner name, so production can't be confirmed.");
  }
  if (yes === undefined && ask === undefined) {
    throw new UsageError(`This ${what} in production. If you mean it, pass --yes with the partner's name.`);
  }
  const given =
    yes ?? (await ask?.(`This ${what} in production, as ${shown(name)}. Type that name to continue: `));
  if (given?.trim() === name) return;
  throw new UsageError("That is not the name of the partner with these credentials. Nothing was written.");
}

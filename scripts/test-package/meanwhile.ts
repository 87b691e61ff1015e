import { createHash } from "node:crypto";
import { join } from "node:path";
import { listUnsettledOrders } from "juniper-fulfillment";
import { fileLedger } from "juniper-fulfillment/stores";
import { connectMock } from "juniper-fulfillment/testing";

/** Where something happens. */
interface Place {
  readonly mockPort: number;
  /** The folder that the commands are run in. */
  readonly folder: string;
}

/** What happens between the commands of a transcript, by the words of the page. */
const happenings: Readonly<Record<string, (place: Place) => Promise<void>>> = {
  async "the next order loses its response, and the API goes down"({ mockPort }) {
    const mock = await connectMock(`http://127.0.0.1:${mockPort}`);
    await mock.fault("POST /orders", { commitThenDrop: true });
    // It is not tried again, as a 503 would be for twenty seconds.
    await mock.fault("GET /orders", { status: 501, times: 1_000 });
  },
  async "the API is up again"({ mockPort }) {
    await (await connectMock(`http://127.0.0.1:${mockPort}`)).clearFaults();
  },
  async "an hour passes"({ folder }) {
    const ledger = fileLedger(join(folder, "ledger"));
    for await (const { reference } of listUnsettledOrders(ledger, { olderThanMs: 0 })) {
      const hash = createHash("sha256").update(reference).digest("hex");
      const key = `juniper-fulfillment:order:reference:${hash}`;
      const entry = JSON.parse((await ledger.get(key)) ?? "");
      await ledger.set(key, JSON.stringify({ ...entry, overAtMs: entry.overAtMs - 3_600_000 }));
    }
  },
};

/** @throws {Error} for something that can't happen. */
export async function meanwhile(what: string, place: Place): Promise<void> {
  const happen = happenings[what];
  if (happen === undefined) throw new Error(`A transcript can't have this happen: ${what}`);
  await happen(place);
}

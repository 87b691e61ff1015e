import { PGlite } from "@electric-sql/pglite";
import { Redis } from "ioredis";
import { type Ledger, memoryLedger } from "juniper-fulfillment";
import { fileLedger, redisStore, sqlLedger } from "juniper-fulfillment/stores";
import pg from "pg";
import { countFiles } from "./counted-files.ts";
import { countingSteps } from "./stopped-call.ts";

export interface CountedStore {
  readonly store: Required<Ledger>;
  close(): Promise<unknown>;
}

/** A store of which every command, statement and use of the disk counts, by its URL. */
export async function openCountedStore(url: string): Promise<CountedStore> {
  const { protocol, pathname } = new URL(url);
  switch (protocol) {
    case "memory:":
      return { store: countingSteps(memoryLedger() as Required<Ledger>), close: async () => {} };
    case "file:":
      countFiles();
      return { store: fileLedger(pathname), close: async () => {} };
    case "redis:": {
      const redis = new Redis(url);
      return { store: redisStore(countingSteps(redis)), close: () => redis.quit() };
    }
    case "postgres:": {
      const pool = new pg.Pool({ connectionString: url, max: 4 });
      return { store: sqlLedger({ query: countingSteps(pool).query }), close: () => pool.end() };
    }
    case "pglite:": {
      const db = await PGlite.create(pathname);
      return { store: sqlLedger({ query: countingSteps(db).query }), close: () => db.close() };
    }
    default:
      throw new Error(`There is no store for ${protocol}`);
  }
}

export { fileLedger } from "./file-ledger.ts";
export type { FileLedger } from "./folder-store.ts";
export type { RedisClient } from "./redis-client.ts";
export { type RedisStore, type RedisStoreOptions, redisStore } from "./redis-store.ts";
export { type SqlDatabase, type SqlLedger, type SqlLedgerOptions, sqlLedger } from "./sql-ledger.ts";

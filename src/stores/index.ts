export { type RedisClient, type RedisStore, type RedisStoreOptions, redisStore } from "./redis-store.ts";
export { type SqlDatabase, type SqlLedgerOptions, sqlLedger } from "./sql-ledger.ts";

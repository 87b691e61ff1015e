import { createHash } from "node:crypto";
import { fromEnv } from "juniper-fulfillment";

/** What the coordinator and its workers must agree on. It travels in the environment. */
export const queueName = process.env.FLEET_QUEUE ?? "juniper-orders";
export const redisUrl = process.env.REDIS_URL ?? "redis://127.0.0.1:6379";
/** The most that one submission may take. */
export const deadlineMs = Number(process.env.FLEET_DEADLINE_MS ?? 10_000);

/** How long after that an order of unknown outcome is sent again. Undefined: never. */
export const resendAfterMs =
  process.env.FLEET_RESEND_AFTER_MS === undefined ? undefined : Number(process.env.FLEET_RESEND_AFTER_MS);

/** How far the vendor's list of orders may be behind. Undefined: half an hour. */
export const listDelayMs =
  process.env.FLEET_LIST_DELAY_MS === undefined ? undefined : Number(process.env.FLEET_LIST_DELAY_MS);

/** The client's options, from the environment. */
export function clientOptions() {
  return fromEnv();
}

/** The job's name for a reference. BullMQ takes no job twice that has the same name, and no name with a colon. */
export function jobIdOf(reference) {
  return `order-${createHash("sha256").update(reference).digest("hex")}`;
}

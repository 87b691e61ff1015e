/**
 * A worker process: takes orders from the queue and submits them, several at a time.
 *
 * - A job ends with an outcome: `created`, `found`, `already-submitted`, `refused`, or `unknown` at the last. One that
 *   is unknown is parked: it is listed in the report, and looked for again by the next run.
 * - An order of unknown outcome is sent again only if the run was started with `--resend-after`.
 * - A 429 pauses the whole queue, for every worker on every machine.
 * - What failed for a passing reason is put back with a delay. Others take its place until then.
 * - A worker that is killed leaves its jobs behind. Another one takes them over when their locks have run out, and
 *   the ledger says which of their orders may have been sent.
 */
import { DelayedError, Worker } from "bullmq";
import { Redis } from "ioredis";
import {
  ApiError,
  AuthenticationError,
  createFulfillmentClient,
  InvalidRequestError,
  OutcomeUnknownError,
  RateLimitError,
  submitOrder,
} from "juniper-fulfillment";
import { redisStore } from "juniper-fulfillment/stores";
import { clientOptions, deadlineMs, queueName, redisUrl, resendAfterMs } from "./settings.mjs";

const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
const store = redisStore(connection, { prefix: `${queueName}:` });
// It does not retry by itself: the queue does, and can let others go first.
const client = createFulfillmentClient({ ...clientOptions(), tokenStore: store, maxRetries: 0 });

/** How often a job is begun before its outcome is left unknown, and how long it waits in between. */
const mostTries = 12;
const retryDelayMs = 2_000;
/** How often an order of unknown outcome is looked for, and when: a server may list it late. */
const mostLooks = resendAfterMs === undefined ? 3 : mostTries;
/** submitOrder sends again a minute after the first call is certainly over, and no sooner than it was told. */
const lookDelayMs = resendAfterMs === undefined ? 20_000 : deadlineMs + 65_000 + resendAfterMs;
const resend = resendAfterMs !== undefined && { afterMs: resendAfterMs };

const worker = new Worker(queueName, work, {
  connection,
  concurrency: Number(process.env.FLEET_CONCURRENCY ?? 8),
  // A killed worker's jobs are taken over after ten seconds, however often that happens.
  lockDuration: 10_000,
  stalledInterval: 5_000,
  maxStalledCount: 1_000,
  // Without a limit of its own BullMQ would not look for the pause that a 429 makes.
  limiter: { max: 1_000_000, duration: 1_000 },
});
worker.on("error", (error) => console.error(`The worker has lost its queue for now: ${error.message}`));

async function work(job, token) {
  const { reference, order, tries = 0, result: earlier } = job.data;
  // The worker before this one came to its end between the two steps of `finish`.
  if (earlier !== undefined) return earlier;
  try {
    const result = await submitOrder(client, order, {
      ...{ reference, ledger: store, deadlineMs, resend },
      lookup: { maxPages: 100, timeoutMs: 2_000 },
    });
    return await finish(job, { outcome: result.outcome, orderId: result.order.id });
  } catch (error) {
    if (error instanceof RateLimitError) {
      const pauseMs = Math.min(error.retryAfterMs ?? 1_000, 60_000);
      await worker.rateLimit(pauseMs);
      process.send?.({ pauseMs });
      throw Worker.RateLimitError();
    }
    if (error instanceof AuthenticationError) return stop(error);
    if (isRefusal(error)) return finish(job, { outcome: "refused", error: describe(error) });
    const isUnknown = error instanceof OutcomeUnknownError;
    // Several orders that look like it stay several. A person has to decide.
    const isHopeless = isUnknown && error.candidates.length > 0;
    if (isHopeless || tries + 1 >= (isUnknown ? mostLooks : mostTries))
      return finish(job, { outcome: "unknown", error: describe(error) });
    await job.updateData({ ...job.data, tries: tries + 1 });
    await job.moveToDelayed(Date.now() + (isUnknown ? lookDelayMs : retryDelayMs), token);
    throw new DelayedError();
  }
}

/**
 * Ends a job. The order, with the customer's name and address, does not stay in Redis. The result takes its place in the
 * same step: a worker that is killed before BullMQ has noted the end leaves a job behind that can still be ended.
 */
async function finish(job, result) {
  await job.updateData({ reference: job.data.reference, result });
  return result;
}

/** Whether the order as it is will never be accepted. */
function isRefusal(error) {
  if (error instanceof InvalidRequestError) return true;
  return error instanceof ApiError && error.status < 500 && ![403, 408].includes(error.status);
}

/** The package's messages name no customer. Where a fault lies is said beside it. */
function describe(error) {
  const places = (error.issues ?? []).map(({ loc, type }) => `${loc.join(".")} ${type}`);
  return [`${error.name}: ${error.message}`, ...places].join(" · ");
}

/** All other orders would fail the same way. The job stays, and is taken over by the next run. */
function stop(error) {
  process.send?.({ stop: describe(error) });
  return new Promise(() => {});
}

// The coordinator's end is the workers' end: the orders in flight are waited for.
process.on("disconnect", async () => {
  await worker.close();
  connection.disconnect();
});
// Ctrl+C reaches the whole group. The coordinator decides.
process.on("SIGINT", () => {});

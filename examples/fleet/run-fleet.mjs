import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Queue, QueueEvents } from "bullmq";
import { SingleBar } from "cli-progress";
import { Redis } from "ioredis";
import { readOrders } from "./orders-file.mjs";
import { printReport } from "./report.mjs";
import { jobIdOf, queueName, redisUrl } from "./settings.mjs";

const chunkSize = 500;

/** Queues what is not settled yet, lets workers do it, and reports. Returns the exit code. */
export async function runFleet({ file, workers, concurrency, report, killOne }) {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const queue = new Queue(queueName, { connection });
  const listening = connection.duplicate();
  const events = new QueueEvents(queueName, { connection: listening });
  try {
    await events.waitUntilReady();
    const { lines, settled } = await enqueue(queue, file);
    const total = lines.filter(({ problem }) => problem === undefined).length;
    if (settled > 0) console.log(`${settled} of ${total} orders were settled by an earlier run.`);
    const fleet = new Fleet(workers, concurrency);
    const stopped = await watch({ queue, events, fleet, total, settled, killOne });
    await fleet.end();
    const results = await readResults(queue, lines);
    await removeDone(queue, results);
    if (report !== undefined) {
      await writeFile(report, results.map((result) => `${JSON.stringify(result)}\n`).join(""));
    }
    return printReport({ results, stopped, report });
  } finally {
    await events.close();
    await queue.close();
    listening.disconnect();
    connection.disconnect();
  }
}

/** Puts every order into the queue that is not there. One that was refused or left unknown is tried again. */
async function enqueue(queue, file) {
  const lines = [];
  let settled = 0;
  let chunk = [];
  const flush = async () => {
    const earlier = await Promise.all(chunk.map(({ reference }) => queue.getJob(jobIdOf(reference))));
    const isSettled = (job) => ["created", "found", "already-submitted"].includes(job?.returnvalue?.outcome);
    settled += earlier.filter(isSettled).length;
    for (const job of earlier) if (job?.finishedOn !== undefined && !isSettled(job)) await job.remove();
    await queue.addBulk(
      chunk.map(({ reference, order }) => ({
        name: "order",
        data: { reference, order },
        // What a worker did not foresee, such as a lock that ran out on a busy machine, is tried again as well.
        opts: { jobId: jobIdOf(reference), attempts: 100, backoff: { type: "fixed", delay: 2_000 } },
      })),
    );
    chunk = [];
  };
  for await (const { lineNumber, reference, order, problem } of readOrders(file)) {
    lines.push({ lineNumber, reference, problem });
    if (problem === undefined && chunk.push({ reference, order }) === chunkSize) await flush();
  }
  if (chunk.length > 0) await flush();
  return { lines, settled };
}

/** The worker processes. One that is killed is replaced. */
class Fleet {
  #children = new Set();
  #isEnding = false;
  #concurrency;
  /** Called with the reason when the workers can't go on. */
  onStop = () => {};
  /** Called when the API limits the rate, with how long nothing is sent. */
  onPause = () => {};

  constructor(workers, concurrency) {
    this.#concurrency = concurrency;
    for (let number = 0; number < workers; number++) this.#start();
  }

  #start() {
    const env = { ...process.env, FLEET_CONCURRENCY: String(this.#concurrency) };
    const child = fork(fileURLToPath(new URL("worker.mjs", import.meta.url)), { env });
    this.#children.add(child);
    child.on("message", ({ stop, pauseMs }) => {
      if (stop !== undefined) this.onStop(stop);
      if (pauseMs !== undefined) this.onPause(pauseMs);
    });
    child.on("exit", (code, signal) => {
      this.#children.delete(child);
      if (this.#isEnding) return;
      if (signal === null) this.onStop(`A worker ended with exit code ${code}.`);
      else this.#start();
    });
  }

  killOne() {
    const [child] = this.#children;
    child?.kill("SIGKILL");
    return child?.pid;
  }

  /** Lets the workers finish what they are at, for as long as that can take, and end. */
  async end() {
    this.#isEnding = true;
    const ended = [...this.#children].map((child) => once(child, "exit"));
    for (const child of this.#children) child.disconnect();
    const timer = setTimeout(() => {
      for (const child of this.#children) child.kill("SIGKILL");
    }, 15_000);
    await Promise.all(ended);
    clearTimeout(timer);
  }
}

/** Shows the progress until nothing is left to do. Returns why it ended before that, if it did. */
async function watch({ queue, events, fleet, total, settled, killOne }) {
  const bar = new SingleBar({
    format:
      "{bar} {value}/{total} · created {created} · found {found} · refused {refused} · unknown {unknown} · {note}",
    barsize: 24,
    hideCursor: true,
    // If the output isn't a terminal, a line every five seconds.
    ...{ noTTYOutput: true, notTTYSchedule: 5_000 },
  });
  const counts = { created: 0, found: 0, "already-submitted": 0, refused: 0, unknown: 0 };
  let done = settled;
  let note = "running";
  let stopped;
  let willKill = killOne;
  events.on("completed", ({ returnvalue }) => {
    counts[returnvalue.outcome]++;
    bar.update(++done, { ...counts, note });
    if (willKill && done > total / 2) {
      willKill = false;
      note = `worker ${fleet.killOne()} was killed`;
    }
  });
  fleet.onStop = (reason) => {
    stopped ??= reason;
  };
  const interrupt = () => {
    stopped ??= "Stopped.";
  };
  process.once("SIGINT", interrupt);
  bar.start(total, done, { ...counts, note });
  let pausedUntilMs = 0;
  fleet.onPause = (pauseMs) => {
    pausedUntilMs = Date.now() + pauseMs;
  };
  while (stopped === undefined && (await isBusy(queue))) {
    const pauseMs = pausedUntilMs - Date.now();
    const paused = `paused for ${Math.ceil(pauseMs / 1000)} s by the API`;
    bar.update(done, { ...counts, note: pauseMs > 0 ? paused : note });
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  bar.update(done, { ...counts, note: stopped === undefined ? "done" : "stopped" });
  bar.stop();
  process.off("SIGINT", interrupt);
  return stopped;
}

async function isBusy(queue) {
  const counts = await queue.getJobCounts("wait", "active", "delayed", "prioritized", "paused");
  return Object.values(counts).some((count) => count > 0);
}

/** What became of each line, from the queue itself: it knows of earlier runs too. */
async function readResults(queue, lines) {
  const results = [];
  for (let start = 0; start < lines.length; start += chunkSize) {
    const chunk = lines.slice(start, start + chunkSize).map(async ({ lineNumber, reference, problem }) => {
      if (problem !== undefined) return { lineNumber, reference, outcome: "refused", error: problem };
      const job = await queue.getJob(jobIdOf(reference));
      return { lineNumber, reference, ...(job?.returnvalue ?? { outcome: "open" }) };
    });
    results.push(...(await Promise.all(chunk)));
  }
  return results;
}

/** The ledger knows what has been ordered. A job for each would only fill Redis. */
async function removeDone(queue, results) {
  const isDone = ({ outcome }) => ["created", "found", "already-submitted"].includes(outcome);
  const done = results.filter(isDone);
  for (let start = 0; start < done.length; start += chunkSize) {
    const chunk = done.slice(start, start + chunkSize);
    await Promise.all(chunk.map(({ reference }) => queue.remove(jobIdOf(reference))));
  }
}

/**
 * Measures the CPU time of one contestant, in a process of its own: `node client.mjs CONTESTANT ORIGIN [OTHER-BUILD]`, told over
 * IPC what to measure. A process that ran several would have the code that they share compiled for all of them.
 */
import { createContestants } from "./contestants.mjs";
import { answer } from "./measure.mjs";

const [name, origin, otherBuild] = process.argv.slice(2);
const contestant = await createContestants(origin, otherBuild)[name]();
answer(
  Object.fromEntries(
    Object.entries(contestant).map(([operation, call]) => [operation, async () => check(await call())]),
  ),
);

/** A contestant that gets nothing has nothing to show. */
function check(data) {
  if (!data?.id && data?.orders?.length !== 100) throw new Error("wrong response");
}

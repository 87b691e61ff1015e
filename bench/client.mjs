/**
 * Measures the CPU time of one contestant, in a process of its own: `node client.mjs CONTESTANT ORIGIN [OTHER-BUILD]`, told over
 * IPC what to measure. A process that ran several would have the code that they share compiled for all of them.
 */
import { createContestants } from "./contestants.mjs";

const [name, origin, otherBuild] = process.argv.slice(2);
const contestant = await createContestants(origin, otherBuild)[name]();

process.on("message", ({ operation, inFlight, requests }) => {
  measure(contestant[operation], requests, inFlight).then((microseconds) => process.send({ microseconds }));
});
process.send({ ready: true });

async function measure(call, requests, inFlight) {
  let started = 0;
  const lane = async () => {
    while (started++ < requests) check(await call());
  };
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: Math.min(inFlight, requests) }, lane));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / requests;
}

/** A contestant that gets nothing has nothing to show. */
function check(data) {
  if (!data?.id && data?.orders?.length !== 100) throw new Error("wrong response");
}

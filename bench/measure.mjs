/** Answers over IPC how much CPU time one of these calls takes, in microseconds. */
export function answer(calls) {
  process.on("message", ({ operation, inFlight, requests }) => {
    measure(calls[operation], requests, inFlight).then((microseconds) => process.send({ microseconds }));
  });
  process.send({ ready: true });
}

async function measure(call, requests, inFlight) {
  let started = 0;
  const lane = async () => {
    while (started++ < requests) await call();
  };
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: Math.min(inFlight, requests) }, lane));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / requests;
}

import { styleText } from "node:util";
import type { StatefulMockServer } from "juniper-fulfillment/testing";

/** Runs something under a title, and returns what it returns. */
export type Step = <Result>(title: string, run: () => Promise<Result>) => Promise<Result>;

/** Runs the steps, each under its own line with the time that it took, and with what went to the mock and came from it. */
export function stepper(mock: StatefulMockServer): Step {
  let number = 0;
  return async (title, run) => {
    const [sentBefore, deliveredBefore] = [mock.requests.length, mock.deliveries.length];
    const startMs = performance.now();
    const result = await run();
    const duration = styleText("dim", elapsed(startMs).padStart(7));
    const sent = mock.requests
      .slice(sentBefore)
      .map(
        ({ method, path, status = "cut off" }) =>
          `${method} ${path.split("?")[0]} ${styleText("dim", `${status}`)}`,
      );
    const delivered = mock.deliveries
      .slice(deliveredBefore)
      .map(
        ({ orderStatus, status = "no response" }) =>
          `webhook ${orderStatus} ${styleText("dim", `${status}`)}`,
      );
    number++;
    say("");
    say(
      `${String(number).padStart(2)}  ${styleText("bold", title.padEnd(34))}${duration}   ${[...sent, ...delivered].join(", ")}`,
    );
    return result;
  };
}

export function elapsed(startMs: number): string {
  const ms = performance.now() - startMs;
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** A line that belongs to the step above it. */
export function detail(text: string): void {
  say(`    ${text}`);
}

export function say(text: string): void {
  console.log(text);
}

import { parseWhole } from "../options.ts";

/** The option of every command that compares times of orders with those in the ledger, for parseArgs. */
export const clockSkewOptions = { "clock-skew": { type: "string" } } as const;

/** What the usage says of it. */
export const clockSkewUsage = `  --clock-skew SECONDS  how far apart the clocks of the API and of your machines may be (default: 60); the same as your
                        program's clockSkewMs, if it sets one`;

export interface ClockSkewValues {
  readonly "clock-skew"?: string | undefined;
}

/** In milliseconds. Undefined where nothing is said. */
export function readClockSkew({ "clock-skew": seconds }: ClockSkewValues): number | undefined {
  return seconds === undefined ? undefined : parseWhole("clock-skew", seconds, 0, 86_400) * 1_000;
}

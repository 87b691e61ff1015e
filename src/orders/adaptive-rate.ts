import { type Backoff, backoffMs } from "../wrapper/backoff.ts";

/**
 * The rate at which a fleet may send, learned from the responses of the API. Plain values in and out: who shares
 * it, and who waits for a turn, is the business of `SharedRate`.
 *
 * - It starts low and doubles every second, until the first 429.
 * - A 429 cuts it to a little below what the API was seen to take. It then grows on a cubic curve: fast at first,
 *   flat around the rate that was refused, and faster again when nothing is refused there (CUBIC of RFC 9438, as in
 *   the adaptive retry mode of the AWS SDKs).
 * - It grows only while senders wait for their turn. What nobody uses proves nothing.
 * - One overload cuts once: a 429 to a request that was sent before the last cut changes nothing.
 * - Nothing is sent for as long as `Retry-After` says, or for the time of three requests where it isn't sent.
 * - After a cut one request tries, and the others go on when it was taken: what was under way at the cut may have used
 *   up more than the limit. A 429 says that the API takes nothing for now. The rate stays, and one request at a time
 *   tries, after a pause that doubles.
 * - Turns are given out one after the other, evenly spaced, so that a fleet doesn't send in bursts.
 */
export interface Rate {
  /** Goes up with every cut. */
  readonly generation: number;
  /** The rate that was found to be too much, in requests per second. Absent until the first 429. */
  readonly refusedPerSecond?: number;
  /** How much of that the cut took, from 0 to 1. */
  readonly drop: number;
  /** How long it takes to grow back to the refused rate, in milliseconds. */
  readonly recoveryMs: number;
  /** How long nothing was sent after the cut. */
  readonly pauseMs: number;
  /** How long it has grown since then, and how many turns it has given. */
  readonly grownMs: number;
  readonly turns: number;
  /** What it was on average in about the last second. */
  readonly recentPerSecond: number;
  /** Refusals since the last response that was none. */
  readonly refusals: number;
  /** When the next turn is, by the fleet's clock. */
  readonly nextMs: number;
}

/** One turn to send, with what the rate was at its moment. */
export interface Turn extends Pick<Rate, "generation" | "grownMs" | "turns" | "recentPerSecond"> {
  /** When it is, by the fleet's clock. */
  readonly atMs: number;
  readonly perSecond: number;
}

const startPerSecond = 10;
const mostPerSecond = 100_000;
const leastPerSecond = 0.1;
const recentMs = 1_000;
/** The first 429 says that the limit is somewhere below, and a later one that it is near. */
const dropAtFirst = 0.2;
const dropLater = 0.04;
/** A cut costs a request or two, and a pause costs all that could be sent in it: both have to stay rare. */
const requestsPerRecovery = 100;
const recoveriesPerPause = 60;
const recoveriesPerPauseWhileUnsure = 10;
const leastRecoveryMs = 3_000;
const mostRecoveryMs = 120_000;
/** Two refusals within this time mean the same limit. */
const sameLimit = 0.08;
const requestsPerPause = 3;
/** Without chance: the fleet has one schedule. */
const closed: Backoff = { baseMs: 500, maxMs: 30_000, fixedShare: 1 };
const mostPauseMs = 5 * 60_000;
/** A turn that was missed by less than this is made up for. It is what a store's response and a timer take. */
const creditMs = 50;

export const newRate: Rate = {
  generation: 0,
  drop: dropAtFirst,
  recoveryMs: leastRecoveryMs,
  pauseMs: 0,
  grownMs: 0,
  turns: 0,
  recentPerSecond: startPerSecond,
  refusals: 0,
  nextMs: 0,
};

/** How many requests per second the rate is now. */
export function perSecondOf({ refusedPerSecond, drop, recoveryMs, grownMs }: Rate): number {
  const past = grownMs / recoveryMs - 1;
  const perSecond =
    refusedPerSecond === undefined
      ? startPerSecond * 2 ** (grownMs / 1000)
      : refusedPerSecond * (1 + (past < 0 ? drop : 1) * past ** 3);
  return Math.min(mostPerSecond, Math.max(leastPerSecond, perSecond));
}

/** Gives out the next turns, `count` of them at the most and one at the least. */
export function takeTurns(rate: Rate, count: number, nowMs: number): { rate: Rate; turns: Turn[] } {
  const isWaitedFor = rate.nextMs > nowMs - creditMs;
  const given: Turn[] = [];
  let { grownMs, turns, recentPerSecond } = rate;
  let atMs = Math.max(rate.nextMs, nowMs - creditMs);
  do {
    const perSecond = perSecondOf({ ...rate, grownMs });
    const spaceMs = 1000 / perSecond;
    if (isWaitedFor) {
      const share = Math.exp(-spaceMs / recentMs);
      recentPerSecond = share * recentPerSecond + (1 - share) * perSecond;
      grownMs += spaceMs;
      turns++;
    }
    given.push({ generation: rate.generation, atMs, perSecond, grownMs, turns, recentPerSecond });
    atMs += isClosed(rate) ? Math.max(spaceMs, closedMs(rate.refusals - 1)) : spaceMs;
  } while (given.length < count && !isClosed(rate));
  return { rate: { ...rate, grownMs, turns, recentPerSecond, nextMs: atMs }, turns: given };
}

/** After a 429 to a request that had this turn. */
export function refused(rate: Rate, turn: Turn, nowMs: number, retryAfterMs: number | undefined): Rate {
  if (turn.generation !== rate.generation) return rate;
  const isAgain = rate.refusals > 0;
  const known = rate.refusedPerSecond;
  const refusedPerSecond = isAgain && known !== undefined ? known : tooMuch(rate, turn);
  const isFirst = known === undefined || (isAgain && rate.drop === dropAtFirst);
  const ownPauseMs = isAgain ? closedMs(rate.refusals) : (1000 * requestsPerPause) / refusedPerSecond;
  const pauseMs = Math.min(mostPauseMs, retryAfterMs || ownPauseMs);
  const isSure = known !== undefined && Math.abs(refusedPerSecond / known - 1) < sameLimit;
  const recoveryMs = Math.max(
    leastRecoveryMs,
    pauseMs * (isSure ? recoveriesPerPause : recoveriesPerPauseWhileUnsure),
    isFirst ? 0 : (1000 * requestsPerRecovery) / refusedPerSecond,
  );
  return {
    ...{ generation: rate.generation + 1, refusals: rate.refusals + 1 },
    ...{ refusedPerSecond, drop: isFirst ? dropAtFirst : dropLater, pauseMs },
    recoveryMs: Math.min(mostRecoveryMs, recoveryMs),
    ...{ grownMs: 0, turns: 0, recentPerSecond: turn.recentPerSecond, nextMs: nowMs + pauseMs },
  };
}

/**
 * The rate that the API doesn't take. Right after a pause, or at the very first, most APIs take more than in the long
 * run: what they took on average since the last cut, the pause included, then says more than the rate of the moment.
 */
function tooMuch({ pauseMs }: Rate, { perSecond, recentPerSecond, turns, grownMs }: Turn): number {
  // Too few to say anything.
  if (turns < 5) return perSecond;
  if (pauseMs === 0) return Math.min(perSecond, (1.25 * 1000 * turns) / grownMs);
  if (grownMs > 6 * pauseMs) return Math.min(perSecond, 0.98 * recentPerSecond);
  return Math.min(perSecond, (1.1 * 1000 * turns) / (pauseMs / 4 + grownMs));
}

/** After any other response to a request that had this turn. */
export function accepted(rate: Rate, turn: Turn, nowMs: number): Rate {
  if (rate.refusals === 0 || turn.generation !== rate.generation) return rate;
  // The turns that were given out while it was closed are far apart, and no longer hold.
  const reopened = isClosed(rate) ? { generation: rate.generation + 1, nextMs: nowMs } : {};
  return { ...rate, ...reopened, refusals: 0 };
}

/** Whether the API may take nothing for now: nothing was taken since the last 429. */
function isClosed({ refusals }: Rate): boolean {
  return refusals > 0;
}

function closedMs(refusals: number): number {
  return backoffMs(closed, refusals, () => 0);
}

/** The candidate that was probably meant by a word that is none of them, or that the word begins. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const begun = word.length > 2 ? candidates.find((candidate) => candidate.startsWith(word)) : undefined;
  return begun ?? nearestWithin(Math.max(1, Math.floor(word.length / 2)), word, candidates);
}

/** The candidate that is most like a word, with so many slips in it at most. Upper case for lower is none. */
export function nearestWithin(
  slips: number,
  word: string,
  candidates: readonly string[],
): string | undefined {
  let best: string | undefined;
  let least = slips;
  for (const candidate of candidates) {
    const distance = distanceOf(word.toLowerCase(), candidate.toLowerCase());
    if (distance >= least && !(distance === least && best === undefined)) continue;
    [best, least] = [candidate, distance];
  }
  return best;
}

/**
 * How many letters have to be put in, taken out, changed or swapped with the next to make one word of the other (optimal
 * string alignment).
 */
function distanceOf(one: string, other: string): number {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= other.length; column++) {
      const change = (row[column - 1] ?? 0) + (letter === other[column - 1] ? 0 : 1);
      const isSwapped = letter === other[column - 2] && one[index - 1] === other[column - 1];
      const swap = isSwapped ? (before[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min(change, swap, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    [before, row] = [row, next];
  }
  return row.at(-1) ?? 0;
}

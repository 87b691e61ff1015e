/** The candidate that is most like a word that was mistyped. Undefined where none is alike. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 2));
  for (const candidate of candidates) {
    if (word.length > 2 && candidate.startsWith(word)) return candidate;
    const distance = distanceOf(word.toLowerCase(), candidate.toLowerCase());
    if (distance >= least && !(distance === least && best === undefined)) continue;
    [best, least] = [candidate, distance];
  }
  return best;
}

/** How many letters have to be put in, taken out or changed to make one word of the other (Levenshtein). */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= other.length; column++) {
      const change = (row[column - 1] ?? 0) + (letter === other[column - 1] ? 0 : 1);
      next.push(Math.min(change, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

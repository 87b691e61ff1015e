/**
 * What an unknown path may have been meant to be: the known ones that begin with as many of its letters as any does, so
 * that the compiler's error names them. Never for a path that is known, which so costs the compiler next to nothing.
 */
export type SuggestedPath<Known extends string, Path extends string> = [Path] extends [Known]
  ? never
  : Path extends `/v1/${infer Rest}`
    ? Alike<Known, `/${Rest}`>
    : Path extends `/${infer Rest}`
      ? Alike<Known, `/${Uncapitalize<Rest>}`>
      : Alike<Known, `/${Uncapitalize<Path>}`>;

/** Takes letter after letter of a word, as long as a known one goes on with it. */
type Alike<
  Known extends string,
  Word extends string,
  Start extends string = "",
> = Word extends `${infer Letter}${infer Rest}`
  ? [Extract<Known, `${Start}${Letter}${string}`>] extends [never]
    ? Known
    : Alike<Extract<Known, `${Start}${Letter}${string}`>, Rest, `${Start}${Letter}`>
  : Known;

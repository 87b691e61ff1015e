/** Browsers have no `node:diagnostics_channel`: nobody watches, and nobody is told. */
const unwatched = {
  isWatched: false,
  run: <Result>(_context: object, work: () => Promise<Result>): Promise<Result> => work(),
};

export const traced = { call: unwatched, attempt: unwatched, token: unwatched, submit: unwatched };

export function tell(_context: object, _more: object): void {}

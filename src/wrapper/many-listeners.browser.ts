/** A browser lets any number of calls share a signal. */
export function expectManyListeners(_signal: AbortSignal): void {}

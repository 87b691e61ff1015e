/** A browser lets any number of calls share a signal. */
export function expectManyListeners(_signal: AbortSignal): void {}

/** The same for a number that is known. */
export function expectMoreListeners(_signal: AbortSignal, _count: number): void {}

/** A misspelt option shows in development. */
export function checkNames(_what: string, _options: unknown, _known: object): void {}

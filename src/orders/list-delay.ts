/** How far the list of orders may be behind unless the caller says otherwise, in milliseconds. */
export const defaultListDelayMs: number = 30 * 60_000;

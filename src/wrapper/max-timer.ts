/** The longest delay of a timer, in milliseconds. setTimeout turns anything longer into 1 ms. */
export const maxTimerMs: number = 2 ** 31 - 1;

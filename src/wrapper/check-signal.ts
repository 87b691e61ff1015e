import { InvalidRequestError } from "./errors.ts";
import { expectManyListeners } from "./many-listeners.ts";

/**
 * Readies a signal for many calls at once. What it can't be asked for now would fail when its call has been carried out.
 *
 * @throws {InvalidRequestError} for a signal that is none, such as the controller in its place.
 */
export function checkSignal(signal: AbortSignal | null | undefined): void {
  if (signal === undefined || signal === null) return;
  try {
    expectManyListeners(signal);
    signal.addEventListener("abort", ignore);
    signal.removeEventListener("abort", ignore);
    if (typeof signal.aborted === "boolean") return;
  } catch {
    // It is refused below.
  }
  throw new InvalidRequestError(
    "signal must be an AbortSignal, such as the `signal` of a controller. Nothing was sent.",
  );
}

function ignore(): void {}

import { InvalidRequestError } from "./errors.ts";

/** @throws {InvalidRequestError} for a signal that is none, such as the controller in its place. */
export function checkSignal(signal: unknown): void {
  if (signal === undefined || signal === null) return;
  const { aborted, addEventListener } = signal as Partial<AbortSignal>;
  if (typeof aborted === "boolean" && typeof addEventListener === "function") return;
  throw new InvalidRequestError(
    "signal must be an AbortSignal, such as the `signal` of a controller. Nothing was sent.",
  );
}

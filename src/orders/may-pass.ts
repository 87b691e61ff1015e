import { ApiError, ConnectionError, RateLimitError, TimeoutError } from "../wrapper/errors.ts";

/** Whether the next look may well succeed after this failure of a read. */
export function mayPass(error: unknown): boolean {
  if (error instanceof ConnectionError || error instanceof TimeoutError) return true;
  return error instanceof RateLimitError || (error instanceof ApiError && error.status >= 500);
}

import { type Result, unwrap } from "juniper-fulfillment";

/** The error that `unwrap` throws for a result, or undefined when it throws none. */
export function errorOf(result: Result<unknown>): unknown {
  try {
    unwrap(result);
    return undefined;
  } catch (error) {
    return error;
  }
}

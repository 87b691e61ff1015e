import type { FulfillmentClient, Result } from "juniper-fulfillment";
import type { Operation } from "../document/document.ts";
import type { Case } from "./cases.ts";
import type { ResponseJudge } from "./findings.ts";

/**
 * The case of an operation that cases.ts knows nothing of, such as one that the vendor has just added: it is read, with
 * the ids that earlier cases have found. Or the reason why it can't be: nobody has said yet what a write would do.
 */
export function derivedCase(described: Operation, judge: ResponseJudge): Case | string {
  const { method, path, operation, parameters } = described;
  if (method !== "get") return "it may write, and has no case";
  if (!judge.describesSuccess(described)) return "it returns no JSON that the document describes";
  const needed = parameters.find((parameter) => parameter.required === true && parameter.in !== "path");
  if (needed !== undefined)
    return `it needs the ${needed.in} parameter ${needed.name}, and has no case that says which`;
  return {
    operationId: String(operation.operationId),
    run: async (client, { ids }, signal) => {
      const filled = ids.fill(path);
      if (typeof filled === "string") return `no response had an id for {${filled}}`;
      return read(client, path, { params: { path: filled }, signal });
    },
  };
}

/** Lists come before what stands in them. */
export function listsFirst(operations: Iterable<Operation>): Operation[] {
  const depth = ({ path }: Operation): number => path.split("/").length;
  return [...operations].sort((one, other) => depth(one) - depth(other));
}

function read(client: FulfillmentClient, path: string, init: object): Promise<Result<unknown>> {
  // The types know each path by itself, and this is any of them.
  const get = client.GET as unknown as (path: string, init: object) => Promise<Result<unknown>>;
  return get(path, init);
}

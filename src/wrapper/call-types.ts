import type { paths } from "../generated/schema.ts";
import type { FetchOptions, ParseAs } from "./openapi-fetch.ts";
import type { CallLimitOptions } from "./options.ts";
import type { Result } from "./result.ts";
import type { SuggestedPath } from "./suggested-path.ts";

export type Method = "get" | "put" | "post" | "delete" | "options" | "head" | "patch" | "trace";

/** The paths of the document that have this method. */
export type PathWith<Name extends Method> = {
  [Path in keyof paths]: paths[Path] extends { readonly [Key in Name]: object } ? Path : never;
}[keyof paths];

// The methods are openapi-fetch's, but for their types: openapi-fetch infers that of the options from what it is given, and
// so takes any, and copies those of bodies, which then have no names and no `Unknown`. And of an unknown path its error
// names no other, as of any that is held against all paths by a constraint, or by a type with a name.

/**
 * The type of a method of the client, such as `client.GET`.
 *
 * @typeParam Name The method, in lower case.
 * @example
 * ```ts
 * import type { CallMethod, FulfillmentClient } from "juniper-fulfillment";
 *
 * declare const client: FulfillmentClient;
 * const read: CallMethod<"get"> = client.GET;
 * console.log((await read("/products")).data?.products);
 * ```
 */
export type CallMethod<Name extends Method> = <Path extends string, As extends ParseAs = "json">(
  path: (Path & PathWith<Name>) | SuggestedPath<PathWith<Name>, Path>,
  ...init: InitArguments<Called<Name, Path>, CallOptions<Name, Path, As>>
) => Outcome<Called<Name, Path>, As>;

/**
 * The type of `client.request`, which takes the method by its name.
 *
 * @example
 * ```ts
 * import type { FulfillmentClient, RequestMethod } from "juniper-fulfillment";
 *
 * declare const client: FulfillmentClient;
 * const call: RequestMethod = client.request;
 * console.log((await call("get", "/products")).data?.products);
 * ```
 */
export type RequestMethod = <Name extends Method, Path extends string, As extends ParseAs = "json">(
  method: Name,
  path: (Path & PathWith<Name>) | SuggestedPath<PathWith<Name>, Path>,
  ...init: InitArguments<Called<Name, Path>, CallOptions<Name, Path, As>>
) => Outcome<Called<Name, Path>, As>;

/** The operation of a path. Never for one that has none. */
type Called<Name extends Method, Path extends string> = paths[Path & PathWith<Name>][Name];

/**
 * Whether the options can be left out is asked of what depends on the operation alone: all else is optional. There is no
 * operation for an unknown path, whose only error shall be that.
 */
type InitArguments<Operation, Options> = [Operation] extends [never]
  ? [init?: Options]
  : Record<never, never> extends OperationOptions<Operation>
    ? [init?: Options]
    : [init: Options];

/**
 * What a call takes beside its path. Nothing else: a misspelt option has to be an error. It is of a method and a path,
 * not of their operation, because editors and errors show what it is of.
 */
type CallOptions<Name extends Method, Path extends string, As extends ParseAs> = OperationOptions<
  Called<Name, Path>
> &
  CallLimitOptions & { parseAs?: As; signal?: AbortSignal | null | undefined };

type OperationOptions<Operation> = Omit<FetchOptions<Operation>, "body" | "parseAs" | "signal"> &
  BodyOption<Operation>;

type BodyOption<Operation> = Operation extends { requestBody: { content: infer Content } }
  ? { body: BodyIn<Content> }
  : Operation extends { requestBody?: { content: infer Content } }
    ? { body?: BodyIn<Content> }
    : { body?: never };

/** The error has no type of a name: editors would show that and all it is of, in place of its bodies' names. */
type Outcome<Operation, As extends ParseAs> = Operation extends { responses: infer Responses }
  ? Promise<
      Result<
        ParsedAs<SuccessBody<Responses>, As>,
        {
          [Status in keyof Responses]: Status extends Success ? never : BodyOf<Responses[Status]>;
        }[keyof Responses]
      >
    >
  : never;

type ParsedAs<Body, As extends ParseAs> = {
  json: Body;
  text: string;
  blob: Blob;
  arrayBuffer: ArrayBuffer;
  stream: Response["body"];
}[As];

type SuccessBody<Responses> = {
  [Status in keyof Responses]: Status extends Success ? BodyOf<Responses[Status]> : never;
}[keyof Responses];

type Success = 200 | 201 | 202 | 203 | 204 | 205 | 206 | 207 | "2XX";

type BodyOf<Answer> = Answer extends { content: infer Content } ? BodyIn<Content> : undefined;

type BodyIn<Content> = Content[keyof Content & `${string}/${string}`];

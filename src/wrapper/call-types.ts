import type { paths } from "../generated/schema.ts";
import type { FetchOptions, ParseAs } from "./openapi-fetch.ts";
import type { CallLimitOptions } from "./options.ts";
import type { SuggestedPath } from "./suggested-path.ts";

export type Method = "get" | "put" | "post" | "delete" | "options" | "head" | "patch" | "trace";

/** The paths of the document that have this method. */
export type PathWith<Name extends Method> = {
  [Path in keyof paths]: paths[Path] extends { readonly [Key in Name]: object } ? Path : never;
}[keyof paths];

/**
 * A method of the client. It is openapi-fetch's, but for its types: openapi-fetch infers that of the options from what it
 * is given, and so takes any, and copies those of bodies, which then have no names and no `Unknown`. And of an unknown
 * path its error names no other, as of any that is held against all paths by a constraint, or by a type with a name.
 */
export type CallMethod<Name extends Method> = <Path extends string, As extends ParseAs = "json">(
  path: (Path & PathWith<Name>) | SuggestedPath<PathWith<Name>, Path>,
  ...init: InitArguments<Init<Called<Name, Path>, As>>
) => Outcome<Called<Name, Path>, As>;

/** The same for a method by its name. */
export type RequestMethod = <Name extends Method, Path extends string, As extends ParseAs = "json">(
  method: Name,
  path: (Path & PathWith<Name>) | SuggestedPath<PathWith<Name>, Path>,
  ...init: InitArguments<Init<Called<Name, Path>, As>>
) => Outcome<Called<Name, Path>, As>;

/** The operation of a path. Never for one that has none. */
type Called<Name extends Method, Path extends string> = paths[Path & PathWith<Name>][Name];

type InitArguments<Options> = Partial<Options> extends Options ? [init?: Options] : [init: Options];

/** What a call takes beside its path. Nothing else: a misspelt option has to be an error. */
type Init<Operation, As extends ParseAs> = Omit<FetchOptions<Operation>, "body" | "parseAs"> &
  BodyOption<Operation> &
  CallLimitOptions & { parseAs?: As };

type BodyOption<Operation> = Operation extends { requestBody: { content: infer Content } }
  ? { body: BodyIn<Content> }
  : Operation extends { requestBody?: { content: infer Content } }
    ? { body?: BodyIn<Content> }
    : { body?: never };

type Outcome<Operation, As extends ParseAs> = Operation extends { responses: infer Responses }
  ? Promise<
      | { data: ParsedAs<SuccessBody<Responses>, As>; error?: never; response: Response }
      | { data?: never; error: ErrorBody<Responses>; response: Response }
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

type ErrorBody<Responses> = {
  [Status in keyof Responses]: Status extends Success ? never : BodyOf<Responses[Status]>;
}[keyof Responses];

type Success = 200 | 201 | 202 | 203 | 204 | 205 | 206 | 207 | "2XX";

type BodyOf<Answer> = Answer extends { content: infer Content } ? BodyIn<Content> : undefined;

type BodyIn<Content> = Content[keyof Content & `${string}/${string}`];

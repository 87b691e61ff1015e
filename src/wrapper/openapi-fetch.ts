/** The only file that imports openapi-fetch, so that it can be replaced or taken over in a day. */
export type { Client, FetchOptions, Middleware, ParseAs } from "openapi-fetch";
export { default as createClient, defaultBodySerializer } from "openapi-fetch";

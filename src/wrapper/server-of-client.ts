import { environmentAt } from "./environment.ts";

const servers = new WeakMap<object, string>();

/** Notes the server that the calls of a client go to. */
export function noteServer(client: object, baseUrl: string): void {
  const { hostname, host, pathname } = new URL(baseUrl);
  // One host may lead to several servers by port and path. Of the vendor's own the path is disputed (JH-04).
  const isVendors = environmentAt(baseUrl) !== undefined;
  servers.set(client, isVendors ? hostname : host + pathname.replace(/\/+$/, ""));
}

/** Notes that what wraps a client calls the same server. */
export function noteSameServer(wrapper: object, client: object): void {
  const server = servers.get(client);
  if (server !== undefined) servers.set(wrapper, server);
}

/** The server that the calls of a client go to. Undefined for a client that is not of this package. */
export function serverOfClient(client: object): string | undefined {
  return servers.get(client);
}

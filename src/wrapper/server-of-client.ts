const servers = new WeakMap<object, string>();

/** Notes the host that the calls of a client go to. */
export function noteServer(client: object, baseUrl: string): void {
  servers.set(client, new URL(baseUrl).hostname);
}

/** Notes that what wraps a client calls the same host. */
export function noteSameServer(wrapper: object, client: object): void {
  const server = servers.get(client);
  if (server !== undefined) servers.set(wrapper, server);
}

/** The host that the calls of a client go to. Undefined for a client that is not of this package. */
export function serverOfClient(client: object): string | undefined {
  return servers.get(client);
}

import type { Socket } from "node:net";

/** undici's own interface for what connects, as far as it is used here. */
type Connector<Target> = (
  target: Target,
  callback: (...result: [error: null, socket: Socket] | [error: Error, socket: null]) => void,
) => void;

/**
 * Connects as `connect` does, but for two things that undici does with a socket's errors.
 *
 * - undici connects again at once, and without end, after some errors of its own, such as a proxy that closes what it
 *   accepts. Under another code, an error ends the requests that wait for the connection.
 * - A body without a length ends with its connection (RFC 9112, section 6.3). undici takes a connection that is reset
 *   there for one that has ended, and half a body for a whole one. It goes by the error's code, so it is given an
 *   error without one, whose cause is the real one. A server that dies and still closes its connection properly can't
 *   be told from one that is done, by anybody.
 *
 * A `dispatcher` of the user's makes its connections itself, and so has undici's own behavior.
 */
export function strictConnector<Target>(connect: Connector<Target>): Connector<Target> {
  return (target, callback) =>
    connect(target, (error, socket) => {
      if (error === null) callback(null, withVisibleResets(socket));
      else callback(isRetriedByUndici(error) ? tunnelError(error) : (refusal(error) ?? error), null);
    });
}

function withVisibleResets<AnySocket extends Socket>(socket: AnySocket): AnySocket {
  const destroy = socket.destroy.bind(socket);
  socket.destroy = (error) => destroy(isReset(error) ? resetError(error) : error);
  return socket;
}

function isReset(error: Error | undefined): error is Error {
  return error !== undefined && "code" in error && error.code === "ECONNRESET";
}

function resetError(cause: Error): Error {
  return new Error("The connection was reset.", { cause });
}

function isRetriedByUndici(error: Error): boolean {
  return "code" in error && (error.code === "UND_ERR_SOCKET" || error.code === "UND_ERR_INFO");
}

/** What to do about a proxy that refuses. undici's own words are the only place where its status stands. */
function refusal(cause: Error): Error | undefined {
  const status = /^Proxy response \((\d{3})\)/.exec(cause.message)?.[1];
  if (status === undefined) return undefined;
  const remedy =
    status === "407"
      ? "Put the user name and password that it asks for into its URL."
      : "Ask whoever runs it.";
  const error = new Error(`The proxy refused the tunnel with status ${status}. ${remedy}`, { cause });
  return Object.assign(error, { code: "ERR_SOCKET_PROXY_REFUSED" });
}

function tunnelError(cause: Error): Error {
  const error = new Error("The proxy ended the connection before the tunnel was open.", { cause });
  return Object.assign(error, { code: "ERR_SOCKET_PROXY_TUNNEL" });
}

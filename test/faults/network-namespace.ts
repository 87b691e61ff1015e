import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { failureOf, type TransportFailure, transports } from "./transport-failure.ts";

/**
 * Failures that only a network of one's own can provoke. Run by `unshare --net`, in a network namespace that nothing
 * else is in, it breaks that network in one way after another and prints what the client makes of each.
 *
 * The addresses are those that RFC 5737 keeps for documentation.
 */
const ip = (line: string): unknown => execFileSync("ip", line.split(" "));
const setting = (name: string, value: string): void => writeFileSync(`/proc/sys/net/ipv4/${name}`, value);

ip("link set lo up");
ip("link add veth0 type veth peer name veth1");
ip("addr add 192.0.2.1/24 dev veth0");
ip("link set veth0 up");
ip("link set veth1 up");
ip("route add unreachable 198.51.100.0/24");
// A neighbour that is known, and not there: what is sent to it is lost.
ip("neigh add 192.0.2.9 lladdr 02:00:00:00:00:01 dev veth0 nud permanent");
setting("tcp_syn_retries", "1");
setting("tcp_retries2", "1");

/** Makes all failures over one transport. The last one leaves no network to make another with. */
async function provokeAll(send: (url: string, body?: string) => Promise<TransportFailure>) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.pause().on("error", () => {})));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/`;

  const failures: Record<string, TransportFailure> = {
    "there is no route to the host": await send("http://198.51.100.1/"),
    "there is no route to the network": await send("http://203.0.113.1/"),
    "the connection is not answered until the system gives up": await send("http://192.0.2.9/"),
  };

  setting("ip_local_port_range", "40000 40000");
  const only = connect(port, "127.0.0.1");
  await once(only, "connect");
  failures["no port is left to connect from"] = await send(url);
  only.resetAndDestroy();
  setting("ip_local_port_range", "32768 60999");

  const large = "x".repeat(20_000_000);
  server.prependOnceListener("connection", (socket: Socket) => socket.destroy());
  failures["the connection is closed while the request is being sent"] = await send(url, large);

  server.prependOnceListener("connection", () => setTimeout(() => ip("link set lo down"), 200));
  failures["the network goes down while the request is being sent"] = await send(url, large);
  ip("link set lo up");
  server.close();
  for (const socket of sockets) socket.destroy();
  return failures;
}

const report: Record<string, Record<string, TransportFailure>> = {};
for (const [name, create] of Object.entries(transports)) {
  const transport = create();
  report[name] = await provokeAll((url, body) => failureOf(transport, url, body));
}
console.log(JSON.stringify(report));
process.exit(0);

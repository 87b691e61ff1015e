import { type Cell, isCalling, plans, runCell } from "./cell.ts";
import { Hosts, serveHosts } from "./hosts.ts";
import { type Host, ip } from "./network.ts";

/**
 * Run by `unshare --net`: places orders at vanishing hosts, all in a network of its own, and prints what became of each
 * as JSON. With the name of a calling it is these alone, and with the word `serve` it is the hosts.
 */
if (process.argv.includes("serve")) await serveHosts();
else {
  const callings = process.argv.filter(isCalling);
  const chosen = plans.filter(({ calling }) => callings.length === 0 || callings.includes(calling));
  ip(["link set lo up"]);
  const hosts = await Hosts.start([process.argv[1] as string, "serve"]);
  const connected = await hosts.connect(chosen.length);
  const cells: Cell[] = await Promise.all(
    chosen.map((plan, number) => runCell(plan, connected[number] as Host, hosts)),
  );
  hosts.close();
  process.stdout.write(JSON.stringify(cells), () => process.exit());
}

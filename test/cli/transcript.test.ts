import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { runCli } from "../support/cli.ts";

/** What `orders.csv` of the README holds: a good order, one that a spreadsheet has spoiled, and one that is there twice. */
const csv = [
  "reference,customer.sourceId,customer.firstName,customer.lastName,customer.address.line1,customer.address.city," +
    "customer.address.state,customer.address.zipCode,daysSupply,lineItems[0].productId,lineItems[0].quantity," +
    "lineItems[0].packDescription,lineItems[0].administration.morning,lineItems[0].administration.afternoon," +
    "lineItems[0].administration.evening,lineItems[0].administration.sleep,shippingMethod,orderType",
  "2026-000123,c1,Ada,Example,1 Main Street,Palo Alto,CA,94301,30,77123129891,2,Heart,1,0,1,0,STANDARD,ONE_TIME",
  "2026-000124,c2,Ada,Example,1 Main Street,Hoboken,NJ,7030,30,77123129891,2,Heart,1,0,0,0,STANDARD,ONE_TIME",
  "2026-000123,c3,Ada,Example,1 Main Street,Palo Alto,CA,94301,30,77123129891,2,Heart,1,0,1,0,STANDARD,ONE_TIME",
].join("\n");

test("the README shows what orders check prints", async () => {
  const readme = await readFile(join(projectRoot, "README.md"), "utf8");
  const [, command = "", shown] =
    /```console\n\$ juniper-fulfillment (orders check [^\n]*)\n([\s\S]*?)```/.exec(readme) ?? [];
  const folder = await mkdtemp(join(tmpdir(), "cli-transcript-"));
  const file = join(folder, "orders.csv");
  await writeFile(file, csv);
  const { stdout, exitCode } = await runCli(
    command.split(" ").map((word) => (word === "orders.csv" ? file : word)),
  );
  await rm(folder, { recursive: true });
  expect(exitCode).toBe(1);
  expect(stdout).toBe(shown);
});

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { orderRequest } from "../../scripts/samples/requests.ts";

/** Writes a file of orders, each of another customer: identical orders can't be told apart. Returns its path. */
export async function writeOrderFile(
  folder: string,
  count: number,
  prefix: string,
  productId = 77123129891,
): Promise<string> {
  const file = join(folder, `${prefix}.jsonl`);
  const lines = Array.from({ length: count }, (_, index) => {
    const customer = { ...orderRequest.customer, sourceId: `${prefix}-customer-${index}` };
    const lineItems = [{ productId, quantity: 1, packDescription: "Heart" }];
    return JSON.stringify({
      reference: `${prefix}-${index}`,
      order: { ...orderRequest, customer, lineItems },
    });
  });
  await writeFile(file, lines.join("\n"));
  return file;
}

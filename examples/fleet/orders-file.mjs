import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";

/**
 * Reads a file with one order a line: `{"reference": "2026-000123", "order": {…}}`. A line that holds none, and a
 * reference that comes again with another order, are given as `{ lineNumber, reference, problem }`.
 */
export async function* readOrders(path) {
  const seen = new Map();
  let lineNumber = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    lineNumber++;
    if (line.trim() === "") continue;
    const { reference, order, problem } = parse(line);
    if (problem !== undefined) yield { lineNumber, reference, problem };
    else {
      const hash = createHash("sha256").update(JSON.stringify(order)).digest("base64");
      const earlier = seen.get(reference);
      if (earlier === undefined) {
        seen.set(reference, { hash, lineNumber });
        yield { lineNumber, reference, order };
      } else if (earlier.hash !== hash) {
        yield {
          lineNumber,
          reference,
          problem: `its reference stands for another order in line ${earlier.lineNumber}`,
        };
      }
    }
  }
}

function parse(line) {
  let value;
  try {
    value = JSON.parse(line);
  } catch {
    return { problem: "it is not JSON" };
  }
  const { reference, order } = Object(value);
  if (typeof reference !== "string" || reference === "" || reference.length > 256) {
    return { problem: "it has no reference of 1 to 256 characters" };
  }
  if (typeof order !== "object" || order === null) return { reference, problem: "it has no order" };
  return { reference, order };
}

/** Writes a file of made-up orders. */
export async function writeSampleOrders(path, count) {
  const lines = Array.from({ length: count }, (_, index) => JSON.stringify(sample(index + 1)));
  await writeFile(path, `${lines.join("\n")}\n`);
}

/** @returns {{ reference: string, order: import("juniper-fulfillment").OrderRequest }} */
function sample(number) {
  const name = String(number).padStart(6, "0");
  return {
    reference: `sample-${name}`,
    order: {
      customer: {
        sourceId: `customer-${name}`,
        firstName: "Ada",
        lastName: `Example ${name}`,
        email: `ada.${name}@example.com`,
        address: { line1: `${number} Main Street`, city: "Palo Alto", state: "CA", zipCode: "94301" },
      },
      daysSupply: 30,
      lineItems: [
        {
          productId: 77123129891,
          quantity: 2,
          packDescription: "Whole Body Wellness",
          administration: { morning: 1, afternoon: 0, evening: 1, sleep: 0 },
        },
      ],
      shippingMethod: "STANDARD",
      orderType: "ONE_TIME",
    },
  };
}

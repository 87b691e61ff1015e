import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OrderRequest } from "juniper-fulfillment";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { wireSpellings } from "../../scripts/samples/wire-spellings.ts";
import { runCli } from "../support/cli.ts";
import { type CliApi, startCliApi } from "../support/cli-api.ts";

let api: CliApi;
let folder: string;

beforeAll(async () => {
  api = await startCliApi();
  folder = await mkdtemp(join(tmpdir(), "cli-orders-"));
});
beforeEach(() => {
  api.mock.requests.length = 0;
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true, force: true });
});

async function check(name: string, text: string | Uint8Array, ...options: readonly string[]) {
  const file = join(folder, name);
  await writeFile(file, text);
  return runCli(["orders", "check", file, ...options], api.env);
}

const line = (reference: string, change: (order: Draft) => unknown = () => {}): string => {
  const order = structuredClone(orderRequest) as unknown as Draft;
  change(order);
  return JSON.stringify({ reference, order });
};
/** An order that may be spoiled. */
type Draft = Omit<OrderRequest, "shippingMethod" | "customer"> & {
  shippingMethod: string;
  customer: { address: Record<string, unknown>; [name: string]: unknown };
};

/** What our users call a field of the wire document. */
const named = (wire: string): string =>
  wireSpellings.find((one) => one.kind === "name" && one.wire === wire)?.user ?? wire;
const [zip, state] = [named("zip"), named("state")];

const columns = [
  "reference,customer.sourceId,customer.firstName,customer.lastName,customer.address.line1,customer.address.city",
  `customer.address.${state},customer.address.${zip},daysSupply,lineItems[0].productId,lineItems[0].quantity`,
  "lineItems[0].packDescription,lineItems[1].productId,lineItems[1].quantity,lineItems[1].packDescription",
  "shippingMethod,orderType",
].join(",");

describe("orders check", () => {
  test("finds nothing wrong with JSON lines that can be sent, and reads the catalogue alone, once", async () => {
    const lines = Array.from({ length: 30 }, (_, index) => line(`o-${index}`));
    const { exitCode, stdout } = await check("good.jsonl", `\ufeff${lines.join("\n\n")}\n`);
    expect(stdout).toBe("30 orders, no problems. Estimated total: $1253.70, before discounts and fees.\n");
    expect(exitCode).toBe(0);
    expect(api.calls()).toEqual(["GET /v1/products?limit=100", "GET /v1/shipping-methods"]);
  });

  test("reads a CSV by the paths of its columns: quotes, line breaks, empty cells and a second item", async () => {
    const text = [
      `\ufeff${columns},note`,
      'o-1,c1,Ada,Example,"1 ""Main""\nStreet",Palo Alto,CA,94301,30,77123129891,2,"Heart, Brain",,,,STANDARD,ONE_TIME,x',
      "o-2,c1,Ada,Example,1 Main Street,Palo Alto,CA,94301,60,77123129891,2,Heart,77123130900,1,Bones,EXPRESS,ONE_TIME,",
    ].join("\r\n");
    const { exitCode, stdout } = await check("good.csv", text, "--ignore-column", "note");
    // 2 × 0.53 × 30 + 9.99, and (2 × 0.53 + 0.12) × 60 + 19.99
    expect(stdout).toContain("2 orders, no problems. Estimated total: $132.58");
    expect(exitCode).toBe(0);
  });

  test("says by line and field what is wrong, and shows nobody's data", async () => {
    const lines = [
      line("o-1"),
      line("o-2", (order) => {
        order.customer.address[zip] = "7030";
        order.customer.address[state] = "ZZ";
        order.customer.address[`${zip}s`] = "94301";
        delete order.customer.address.city;
      }),
      '{"reference": "o-3", "order": {"customer": "Ada"',
      line("o-1", (order) => {
        order.shippingMethod = "PIGEON";
        Object.assign(order.lineItems[0] ?? {}, { quantity: 3 });
      }),
      line("", (order) => {
        order.lineItems = [];
      }),
      line("o-6", (order) => {
        order.lineItems = [77123141999, 77123129892].map((productId) => ({
          ...{ productId, quantity: 0, packDescription: " " },
        }));
      }),
      line("o-7", (order) => {
        order.lineItems = [{ productId: 77123141999, quantity: 1, packDescription: "Sleep" }];
        Object.assign(order.customer, { "Ada Example": true });
      }),
    ];
    const { exitCode, stdout, stderr } = await check("bad.jsonl", lines.join("\n"));
    expect(exitCode).toBe(1);
    expect(stdout).toBe(`line 2  o-2
  customer.address.city is missing
  customer.address.${zip} is not a ZIP code, such as 94301 or 94301-1234. Has a spreadsheet dropped its leading zero?
  customer.address.${zip}s is not a field of an order; did you mean ${zip}?
  customer.address.${state} is not a USPS state code, such as CA
line 3
  is not JSON
line 4  o-1
  shippingMethod is not one of STANDARD, EXPRESS, OVERNIGHT
  lineItems[0].administration adds up to 2, but the quantity is 3 (JH-09)
  shippingMethod is not offered; these are: STANDARD, EXPRESS, OVERNIGHT
  reference is the same as in line 1
line 5
  reference is not a string of 1 to 256 characters
  lineItems is empty
line 6  o-6
  lineItems[0].packDescription is blank
  lineItems[1].packDescription is blank
  lineItems[0].quantity is less than 1
  lineItems[1].quantity is less than 1
  lineItems[0].productId is BACKORDERED, but must be ACTIVE
  lineItems[1].productId is not in the catalogue
line 7  o-7
  customer has a member that is not a field of an order
  lineItems[0].productId is BACKORDERED, but must be ACTIVE
7 orders, 6 with problems. Estimated total of the others: $41.79, before discounts and fees.
`);
    expect(stdout + stderr).not.toMatch(/Ada|Main Street|7030|PIGEON/);
  });

  test("takes no number that is none, and nothing that is nested without end, for an order", async () => {
    const deep = `{"reference":"deep","order":${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}}`;
    const infinite = line("infinite").replace(/"quantity":\d+/, '"quantity":1e400');
    const { exitCode, stdout, stderr } = await check("odd.jsonl", [deep, infinite, line("good")].join("\n"));
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /^line 1 {2}deep\n {2}order is nested too deeply\nline 2 {2}infinite\n {2}lineItems\[0\]\.quantity is /,
    );
    expect(stdout).toContain("3 orders, 2 with problems.");
    expect(stderr).not.toContain("Error");
  });

  test("takes no number that is not the one in the file for an order's", async () => {
    const text = line("o-1").replace(/"quantity":\d+/, '"quantity":9007199254740993');
    const { exitCode, stdout } = await check("rounded.jsonl", text, "--offline");
    expect([exitCode, stdout]).toEqual([
      1,
      expect.stringContaining("lineItems[0].quantity is too large to be read exactly"),
    ]);
  });

  test.each([";", "|"])("says how to read a CSV with %s between its cells", async (delimiter) => {
    const text = `${columns}\n`.replaceAll(",", delimiter);
    const { exitCode, stdout } = await check("other.csv", text, "--offline");
    expect([exitCode, stdout]).toEqual([
      1,
      expect.stringContaining(`Does it need --delimiter '${delimiter}'?`),
    ]);
    expect((await check("other.csv", text, "--offline", "--delimiter", delimiter)).stdout).toBe(
      "The file has no orders.\n",
    );
  });

  test("spells out what could make a reference pass for its own output", async () => {
    const reference = "r\n9 orders, no problems.\u001b[2J\u202e";
    const spoiled = line(reference, (order) => {
      order.shippingMethod = "BY AIR";
    });
    const { stdout } = await check("forged.jsonl", spoiled);
    expect(stdout.split("\n")[0]).toBe("line 1  r\\u000a9 orders, no problems.\\u001b[2J\\u202e");
  });

  test("takes references that look the same for one, so that no blank that gets lost makes a second order", async () => {
    const references = ["o-1", "o-1 ", "\u00a0o-2", "o 3", "o  3", "caf\u00e9", "cafe\u0301", "o-1"];
    const problems = [
      ["line 2  o-1 ", "begins or ends with a blank", "is the same but for blanks or accents as in line 1"],
      ["line 3  \u00a0o-2", "begins or ends with a blank"],
      ["line 5  o  3", "is the same but for blanks or accents as in line 4"],
      ["line 7  cafe\u0301", "is the same but for blanks or accents as in line 6"],
      ["line 8  o-1", "is the same as in line 1"],
    ].map(([head, ...rest]) => [head, ...rest.map((problem) => `  reference ${problem}`)].join("\n"));
    const lines = references.map((reference) => line(reference));
    const { exitCode, stdout } = await check("alike.jsonl", lines.join("\n"), "--offline");
    expect([exitCode, stdout]).toEqual([1, `${problems.join("\n")}\n8 orders, 5 with problems.\n`]);
    const row = (reference: string): string =>
      `${reference},c1,Ada,Example,1 Main Street,Palo Alto,CA,94301,30,77123129891,2,Heart,,,,STANDARD,ONE_TIME`;
    const csv = await check("alike.csv", [columns, row("o-1 "), row("o-2")].join("\n"), "--offline");
    expect(csv.stdout).toContain("line 2  o-1 \n  reference begins or ends with a blank\n2 orders, 1 with");
  });

  test.each([
    ["a zero-width space", "o-1\u200b"],
    ["a word joiner", "o\u2060-1"],
    ["a NUL", "o-1\0"],
    ["another control character", "o\u0007-1"],
  ])("takes no reference with what can't be seen, and so gets lost: %s", async (_what, reference) => {
    const { exitCode, stdout } = await check("unseen.jsonl", line(reference), "--offline");
    expect([exitCode, stdout]).toEqual([
      1,
      expect.stringContaining("  reference has a character that can't be seen\n1 order, 1 with problems."),
    ]);
  });

  test("takes no reference that was read in another encoding for one", async () => {
    const row =
      "Soci\xe9t\xe9-1,c1,Ada,Ex,1 Main Street,Palo Alto,CA,94301,30,77123129891,2,Heart,,,,STANDARD,ONE_TIME";
    for (const [name, text] of [
      ["latin.csv", `${columns}\n${row}\n`],
      ["latin.jsonl", line("Soci\xe9t\xe9-1")],
    ] as const) {
      const { exitCode, stdout } = await check(name, Buffer.from(text, "latin1"), "--offline");
      expect([exitCode, stdout]).toEqual([1, expect.stringContaining("  reference is not UTF-8: save")]);
    }
  });

  test("reads each line of a CSV to its own end, where they end in different ways", async () => {
    const row = (reference: string, end: string): string =>
      `${reference},c1,Ada,Ex,1 Main Street,Palo Alto,CA,94301,30,77123129891,2,Heart,,,,STANDARD,ONE_TIME${end}`;
    const text = `${columns}\n${row("o-1", "\r\n")}${row("o-2", "\n")}${row("o-3", "\r")}${row("o-4", "")}`;
    const { exitCode, stdout } = await check("ends.csv", text, "--offline");
    expect([exitCode, stdout]).toEqual([0, "4 orders, no problems.\n"]);
  });

  test.each([
    "Heart\r",
    "Heart\n",
    "He\u0000art",
    "He\rart",
    "\u001bHeart",
  ])("takes no control character for a part of what is in a field: %j", async (packDescription) => {
    const text = line("o-1", ({ lineItems: [item] }) => Object.assign(item ?? {}, { packDescription }));
    const { exitCode, stdout } = await check("controls.jsonl", text, "--offline");
    expect([exitCode, stdout]).toEqual([
      1,
      expect.stringContaining("lineItems[0].packDescription has a control character"),
    ]);
  });

  test("counts the lines of a CSV as an editor does: empty ones, cells of several, and quotes left open", async () => {
    const row = (reference: string, street: string, state = "CA"): string =>
      `${reference},c1,Ada,Ex,${street},Palo Alto,${state},94301,30,77123129891,2,Heart,,,,STANDARD,ONE_TIME`;
    const lines = [columns, row("o-1", "x"), "", "", row("o-2", '"a\r\nb"', "XX"), row("o-3", "x", "XX")];
    for (const end of ["\n", "\r\n"]) {
      const text = [...lines, row("o-4", '"x'), row("o-5", "x"), ""].join(end);
      const { stdout } = await check("lines.csv", text, "--offline");
      expect(stdout.match(/^line .*/gm)).toEqual(["line 5  o-2", "line 7  o-3", "line 8"]);
    }
  });

  test("prints lines of JSON for programs", async () => {
    const { exitCode, stdout } = await check("json.jsonl", `${line("o-1")}\n{}`, "--json");
    expect(exitCode).toBe(1);
    expect(
      stdout
        .trim()
        .split("\n")
        .map((text) => JSON.parse(text)),
    ).toEqual([
      { line: 2, problems: [{ field: "order", problem: "is missing" }] },
      { lines: 2, refused: 1, estimate: "$41.79" },
    ]);
  });

  test("takes a column that it does not know, or does not find, for a mistake before it reads on", async () => {
    const header = columns
      .replace(`customer.address.${zip}`, `customer.address.${zip}s`)
      .replace("daysSupply,", "");
    const { exitCode, stdout } = await check("columns.csv", `${header},orderType\no-1,Ada`);
    expect(exitCode).toBe(1);
    expect(stdout).toContain(
      `the column customer.address.${zip}s is not a field of an order; did you mean customer.address.${zip}?`,
    );
    expect(stdout).toContain("the column orderType appears twice");
    for (const name of [`customer.address.${zip}`, "daysSupply"])
      expect(stdout).toContain(`the column ${name} is missing`);
    expect(stdout).toMatch(/^line 1\n/);
    expect(stdout).not.toContain("line 2");
    expect(api.calls()).toEqual([]);
  });

  test("shows nothing of a CSV whose first line is an order", async () => {
    const { exitCode, stdout, stderr } = await check("headless.csv", "o-1,c1,Ada,Example,1 Main Street\n");
    expect(exitCode).toBe(1);
    expect(stdout).toContain("the first line must name the columns");
    expect(stdout + stderr).not.toContain("Ada");
  });

  test("says so where a spreadsheet has spoiled a CSV: rounded, cut, unquoted, or not UTF-8", async () => {
    const rest = "2,Heart,,,,STANDARD,ONE_TIME";
    const text = [
      columns,
      `o-1,c1,Ada,Ex,1 Main Street,Palo Alto,CA,94301,30,7.71E+10,${rest}`,
      "o-2,c1,Ada",
      `o-3,c1,Jos\xe9,Ex,1 Main Street,Palo Alto,CA,94301,30,,,,77123129891,${rest}`.replace(
        ",,,,STANDARD",
        ",STANDARD",
      ),
      `o-4,c1,Jos\xe9,Ex,1 Main Street,Palo Alto,CA,94301,30,77123129891,${rest}`,
      'o-5,c1,"Ada" Example,Ex',
    ].join("\n");
    const { exitCode, stdout } = await check("spoiled.csv", Buffer.from(text, "latin1"));
    expect(exitCode).toBe(1);
    expect(stdout).toContain(
      "line 2  o-1\n  lineItems[0].productId is a string, but must be a whole number\n",
    );
    expect(stdout).toContain("line 3\n  has 3 cells, but the first line has 17\n");
    expect(stdout).toContain("line 4  o-3\n  lineItems[0] is empty, but a later one is not\n");
    expect(stdout).toContain(
      "line 5  o-4\n  customer.firstName is not UTF-8: save the file in that encoding\n",
    );
    expect(stdout).toContain("line 6\n  can't be read as CSV (CSV_INVALID_CLOSING_QUOTE)");
  });

  test("checks without the catalogue and without credentials when it is told to", async () => {
    const file = join(folder, "offline.jsonl");
    await writeFile(file, line("o-1"));
    const { exitCode, stdout } = await runCli(["orders", "check", file, "--offline"], {
      JUNIPER_CLIENT_ID: "",
    });
    expect([exitCode, stdout]).toEqual([0, "1 order, no problems.\n"]);
  });

  test("says what is missing before it reads anything", async () => {
    const without = await runCli(["orders", "check"], api.env);
    const nowhere = await runCli(["orders", "check", join(folder, "none.csv")], api.env);
    const unknown = await runCli(["orders", "check", join(folder, "orders.txt")], api.env);
    const anonymous = await runCli(["orders", "check", join(folder, "good.csv")], {
      ...api.env,
      JUNIPER_CLIENT_ID: "",
    });
    expect([without, nowhere, unknown, anonymous].map(({ exitCode }) => exitCode)).toEqual([2, 2, 2, 2]);
    expect(without.stderr).toContain("Name one file of orders.");
    expect(nowhere.stderr).toContain("can't be read (ENOENT)");
    expect(unknown.stderr).toContain("--format csv, or --format jsonl");
    expect(anonymous.stderr).toContain("JUNIPER_CLIENT_ID must be set");
  });

  test("checks 10,000 orders in a heap that can't hold them", async () => {
    const item = { productId: 77123129891, quantity: 1, packDescription: "x".repeat(200) };
    const lines = Array.from({ length: 10_000 }, (_, index) =>
      line(`o-${index}`, (order) => {
        order.lineItems = Array.from({ length: 8 }, () => item);
      }),
    );
    const text = lines.join("\n");
    expect(text.length).toBeGreaterThan(20e6);
    const file = join(folder, "large.jsonl");
    await writeFile(file, text);
    const { exitCode, stdout } = await runCli(["orders", "check", file], {
      ...api.env,
      NODE_OPTIONS: "--max-old-space-size=20",
    });
    expect(stdout).toMatch(/^10000 orders, no problems\./);
    expect(exitCode).toBe(0);
  });
});

import { inspect } from "node:util";
import { createFulfillmentClient, describeIssues, unwrap, ValidationError } from "juniper-fulfillment";
import { createMock } from "juniper-fulfillment/testing";
import { describe, expect, test } from "vitest";
import { orderRequest, protocolRequest } from "../../scripts/samples/requests.ts";
import { orderSpellings } from "../../scripts/samples/wire-spellings.ts";

const mock = createMock({ stateful: true });
const client = createFulfillmentClient({ ...mock.clientOptions, checkDosage: false, maxRetries: 0 });

/** What is thrown for an order that the API refuses with a body. */
async function refusal(
  body: unknown,
  status = 422,
  path: "/orders" | "/protocols" = "/orders",
): Promise<ValidationError> {
  mock.fault(`POST ${path}`, { status, body });
  const result =
    path === "/orders"
      ? await client.POST(path, { body: orderRequest })
      : await client.POST(path, { body: protocolRequest });
  try {
    unwrap<unknown>(result);
  } catch (error) {
    if (error instanceof ValidationError) return error;
  }
  throw new Error("It was not refused.");
}

/** A field of an order's address in both spellings, the same where no correction renames one. */
const { wire, user } = orderSpellings.find(
  ({ kind, user }) => kind === "name" && user in orderRequest.customer.address,
) ?? { wire: "line1", user: "line1" };

const missing = (...loc: (string | number)[]) => ({ loc, type: "missing" });

describe("describeIssues", () => {
  test("says what is wrong with each field, in the user's spelling", async () => {
    const error = await refusal({
      detail: [
        missing("body", "customer", "address", wire),
        { loc: ["body", "lineItems", 1, "productId"], type: "invalid" },
        { loc: ["body", "lineItems", "0", "quantity"], type: "type_error" },
        { loc: ["body"], type: "too_large" },
      ],
    });
    expect(describeIssues(error)).toEqual([
      `customer.address.${user}: missing`,
      "lineItems[1].productId: not accepted",
      "lineItems[0].quantity: wrong type",
      "the request: too_large",
    ]);
    expect(error.message).toBe(
      `POST /orders returned 422: 4 issues, in customer.address.${user}, lineItems[1].productId, lineItems[0].quantity and 1 more.`,
    );
  });

  test("leaves the spelling of an operation alone that has no correction", async () => {
    const error = await refusal(
      { detail: [missing("body", "customer", "address", "zip")] },
      422,
      "/protocols",
    );
    expect(describeIssues(error)).toEqual(["customer.address.zip: missing"]);
  });

  test("adds the API's own words, and is them where it lists no issues", async () => {
    const issue = { ...missing("query", "limit"), msg: "limit is what we want" };
    expect(describeIssues(await refusal({ detail: [issue] }))).toEqual([
      "limit: missing (limit is what we want)",
    ]);
    expect(describeIssues(await refusal({ detail: "We do not ship to Texas" }, 400))).toEqual([
      "We do not ship to Texas",
    ]);
    expect(describeIssues(await refusal({}, 400))).toEqual([]);
  });

  test("says what the client itself refused, and nothing of other errors", async () => {
    const checking = createFulfillmentClient(mock.clientOptions);
    const lineItems = [{ ...orderRequest.lineItems[0], quantity: 7 }] as typeof orderRequest.lineItems;
    const error = await checking
      .POST("/orders", { body: { ...orderRequest, lineItems } })
      .catch((thrown: unknown) => thrown);
    expect(describeIssues(error)).toEqual([expect.stringMatching(/^lineItems\[0\]\.\w+: /)]);
    expect(describeIssues(new TypeError("no"))).toEqual([]);
    expect(describeIssues(undefined)).toEqual([]);
  });
});

describe("the message of a ValidationError", () => {
  test("names five fields at the most, each once", async () => {
    const names = ["firstName", "lastName", "email", "phone", "sourceId", "address", "email"];
    const { message } = await refusal({ detail: names.map((name) => missing("body", "customer", name)) });
    expect(message).toBe(
      "POST /orders returned 422: 7 issues, in customer.firstName, customer.lastName, customer.email, customer.phone, customer.sourceId and 1 more.",
    );
  });

  test.each<[string, object[], string]>([
    [
      "in one field of many items",
      Array.from({ length: 1_200 }, (_, index) => missing("body", "lineItems", index, "quantity")),
      "1200 issues, in lineItems[0].quantity, lineItems[1].quantity, lineItems[2].quantity, lineItems[3].quantity, lineItems[4].quantity and 1195 more.",
    ],
    [
      "in the same field, and in others that the document doesn't know",
      [
        ...["email", "email", "unheard", "Ada"].map((name) => missing("body", "customer", name)),
        ...["Ada", "unheard"].map((name) => missing("body", name)),
      ],
      "6 issues, in customer.email, customer and 2 more.",
    ],
    [
      "in no field that the document knows",
      [missing("body", "Ada"), missing("body", "unheard")],
      "2 issues.",
    ],
  ])("counts every issue once: %s", async (_where, detail, end) => {
    expect((await refusal({ detail })).message).toBe(`POST /orders returned 422: ${end}`);
  });

  const canaries = [
    "Canary Example",
    "canary",
    "94301",
    "5550100",
    "94301-1234",
    "constructor",
    "__proto__",
    "canary@example.com",
  ];
  const places: ((canary: string) => object)[] = [
    (canary) => missing("body", "customer", canary),
    (canary) => missing("body", canary),
    (canary) => missing(canary),
    (canary) => missing("body", "lineItems", canary, "quantity"),
    (canary) => missing("body", "customer", Number.parseInt(canary, 10) || 94_301),
    (canary) => ({ loc: ["body", "customer"], type: canary, msg: canary, message: canary, input: canary }),
    (canary) => ({
      loc: ["body", "customer", { [canary]: canary }],
      type: "missing",
      ctx: { [canary]: canary },
    }),
  ];
  test.each(
    canaries,
  )("and all that is logged of it holds nothing of what a customer may have sent: %s", async (canary) => {
    const error = await refusal({ detail: places.map((place) => place(canary)) });
    const shown = `${error.message}\n${inspect(error, { depth: 9, showHidden: false })}\n${JSON.stringify(error)}`;
    // The stack names functions, among them constructors.
    const text = canary === "constructor" ? error.message : shown;
    expect(text).not.toContain(canary);
    expect(text).not.toContain("94301");
    expect(error.message).toMatch(/^POST \/orders returned 422: 7 issues, in /);
  });
});

import { createRequire } from "node:module";
import { Writable } from "node:stream";
import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import Fastify from "fastify";
import { fromEnv, pinoPaths, redact } from "juniper-fulfillment";
import { describe, expect, test } from "vitest";
import { sensitiveFields } from "../../../src/generated/privacy.ts";
import { classOf } from "../../../src/wrapper/privacy/sensitive.ts";
import { type Leaf, markedBodies } from "../../support/marked-bodies.ts";

const bodies = markedBodies();

/** Whether nothing on the way to it is hidden as a whole. */
const isHarmless = ({ names }: Leaf, root?: string): boolean =>
  names.every((name, index) => classOf(name, names[index - 1] ?? root) === undefined);

describe("what the document says about a person", () => {
  test("is known for every field of every class", () => {
    for (const [sensitivity, names] of Object.entries(sensitiveFields))
      for (const name of names.split(" "))
        expect(classOf(...(name.split(".").reverse() as [string, string?]))).toBe(sensitivity);
    expect(classOf("totalPrice", undefined)).toBeUndefined();
  });

  test("is in the bodies of most operations", () => {
    expect(bodies.length).toBeGreaterThan(10);
    expect(bodies.flatMap(({ leaves }) => leaves).length).toBeGreaterThan(100);
  });
});

describe("redact", () => {
  test.each(bodies)("removes it from $name, and nothing else", ({ body, leaves }) => {
    const before = JSON.stringify(body);
    const shown = JSON.stringify(redact({ body, list: [body] }));
    for (const leaf of leaves) {
      if (isHarmless(leaf)) expect(shown).toContain(leaf.mark);
      else expect(shown).not.toContain(leaf.mark);
    }
    expect(JSON.stringify(body)).toBe(before);
  });

  test("says which class of data stood there", () => {
    expect(redact({ firstName: "Ada", lineItems: [{ packDescription: "Sleep", price: "1.00" }] })).toEqual({
      firstName: "[person]",
      lineItems: [{ packDescription: "[health]", price: "1.00" }],
    });
  });

  test("takes a field for sensitive that may be, where nothing says below what it stands", () => {
    expect(redact({ packDescription: "Sleep" })).toEqual({ packDescription: "[health]" });
    expect(redact({ products: [{ packDescription: "Sleep" }] })).toEqual({
      products: [{ packDescription: "Sleep" }],
    });
  });

  const order = () => ({
    id: "o-1",
    customer: { firstName: "Ada", address: { city: "Palo Alto" } },
    lineItems: [{ packDescription: "Sleep" }],
  });
  class Model {
    constructor(fields: object) {
      Object.assign(this, fields);
    }
  }
  const redacted = {
    id: "o-1",
    customer: { firstName: "[person]", address: { city: "[contact]" } },
    lineItems: [{ packDescription: "[health]" }],
  };
  const error = Object.assign(new Error("no stock"), { order: order() });

  test.each<[what: string, value: unknown, shown: unknown]>([
    ["an instance of a class", new Model({ order: new Model(order()) }), { order: redacted }],
    ["a prototype", Object.assign(Object.create({ a: 1 }), order()), redacted],
    ["another realm", runInNewContext(`({ order: ${JSON.stringify(order())} })`), { order: redacted }],
    ["a map", new Map<string, unknown>([...Object.entries(order()), ["email", "a@b.c"]]), expect.any(Map)],
    ["a set", { orders: new Set([order()]) }, { orders: new Set([redacted]) }],
    ["an error", { err: error }, { err: expect.objectContaining({ message: "no stock", order: redacted }) }],
    [
      "errors of an error",
      new AggregateError([error], "all failed", { cause: order() }),
      expect.objectContaining({ message: "all failed", cause: redacted }),
    ],
    ["toJSON", { id: 1, toJSON: () => order() }, redacted],
    [
      "headers",
      { headers: new Headers({ authorization: "Ada" }) },
      { headers: { authorization: "[secret]" } },
    ],
    ["a query", new URLSearchParams({ firstName: "Ada" }), { firstName: "[person]" }],
    ["bytes", { body: Buffer.from("Ada") }, { body: "[bytes]" }],
    ["a function", { order: Object.assign(() => {}, order()) }, { order: "[function]" }],
    [
      "other spellings",
      { Authorization: "Ada", JUNIPER_CLIENT_SECRET: "Ada", FIRST_NAME: "Ada" },
      { Authorization: "[secret]", JUNIPER_CLIENT_SECRET: "[secret]", FIRST_NAME: "[person]" },
    ],
    [
      "other names above",
      { items: order().lineItems, checkpoint: { message: "Left with Ada" } },
      { items: redacted.lineItems, checkpoint: { message: "[contact]" } },
    ],
    [
      "a getter that throws",
      Object.defineProperty(order(), "bad", {
        enumerable: true,
        get() {
          throw new Error("Ada");
        },
      }),
      { ...redacted, bad: "[unreadable]" },
    ],
    [
      "a proxy that throws",
      {
        order: new Proxy(order(), {
          ownKeys() {
            throw new Error("Ada");
          },
        }),
      },
      { order: "[unreadable]" },
    ],
  ])("removes it from what has %s", (_what, value, shown) => {
    const result = redact(value);
    expect(result).toEqual(shown);
    expect(inspect(result, { depth: 20, showHidden: true })).not.toMatch(/Ada|Palo Alto|Sleep|a@b\.c/);
  });

  test("stops at a depth", () => {
    let nested: unknown = order();
    for (let level = 0; level < 20_000; level++) nested = { nested };
    expect(JSON.stringify(redact(nested))).toMatch(/^(\{"nested":){100}"\[too deep\]"\}{100}$/);
  });

  test("takes the options of a client, what is empty, what is circular, and what is no plain object", () => {
    const circular: Record<string, unknown> = { city: "Palo Alto" };
    circular.self = circular;
    expect(redact(circular)).toEqual({ city: "[contact]", self: "[circular]" });
    expect(redact({ clientSecret: "s", accessToken: "t", headers: { authorization: "Bearer t" } })).toEqual({
      ...{ clientSecret: "[secret]", accessToken: "[secret]", headers: { authorization: "[secret]" } },
    });
    const date = new Date(0);
    expect(redact([undefined, null, 1, "text", date, { email: null }])).toEqual([
      ...[undefined, null, 1, "text", date, { email: null }],
    ]);
    const hostile = JSON.parse('{"__proto__": {"isAdmin": true}, "email": "a@example.com"}');
    expect(inspect(redact(hostile))).toContain("['__proto__']: { isAdmin: true }");
  });
});

interface Logger {
  info(object: object): void;
}

/** The one that Prism logs with. It has no types. */
const oldPino: (options: { redact: string[] }, stream: Writable) => Logger = createRequire(import.meta.url)(
  "pino",
);

/** Versions before 9.12 read the paths by other code than the one of Fastify, which is of today. */
const pinos: Readonly<Record<string, (redact: string[], stream: Writable) => Logger>> = {
  "pino of today": (redact, stream) => Fastify({ logger: { stream, redact } }).log,
  "an old pino": (redact, stream) => oldPino({ redact }, stream),
};

describe.each(Object.keys(pinos))("pinoPaths let %s", (version) => {
  function linesOf(key: string, ...objects: object[]): string[] {
    const lines: string[] = [];
    const stream = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    });
    const log = pinos[version]?.([...pinoPaths(key)], stream);
    for (const object of objects) log?.info(object);
    return lines;
  }

  test.each(bodies)("remove it from $name, at the top and below a key", ({ body, leaves }) => {
    const lines = linesOf("body", { body }, ...(Array.isArray(body) ? [] : [body]));
    for (const leaf of leaves) {
      if (isHarmless(leaf, "body")) expect(lines[0]).toContain(leaf.mark);
      else expect(lines.join()).not.toContain(leaf.mark);
    }
  });

  test.each(bodies)("remove it from lists of $name", ({ body, leaves }) => {
    const lines = linesOf("pages[*]", { pages: [body] });
    if (!Array.isArray(body))
      for (const leaf of leaves)
        if (!isHarmless(leaf, "pages")) expect(lines.join()).not.toContain(leaf.mark);
  });
});

describe("pinoPaths", () => {
  test.each([
    "my-order",
    "shop order",
    'a "quoted" one',
    "2nd",
    "größe",
    "",
    "a.b",
    "list[*]",
    "*",
  ])("can be below the key %j", (key) => {
    let line = "";
    const stream = new Writable({
      write(chunk, _encoding, done) {
        line += chunk;
        done();
      },
    });
    const { log } = Fastify({ logger: { stream, redact: [...pinoPaths(key)] } });
    const order = { customer: { firstName: "Ada" } };
    const places: Record<string, object> = { "a.b": { a: { b: order } }, "list[*]": { list: [order] } };
    log.info(places[key] ?? (key === "" ? order : { [key]: order }));
    expect(line).toContain('"customer":{"firstName":"[Redacted]"}');
  });

  test("let pino remove the secrets of a client's options, as fields of a child logger too", () => {
    let lines = "";
    const stream = new Writable({
      write(chunk, _encoding, done) {
        lines += chunk;
        done();
      },
    });
    const { log } = Fastify({ logger: { stream, redact: [...pinoPaths("options")] } });
    const secret = "Ada's secret";
    const options = fromEnv({ JUNIPER_CLIENT_ID: "the-id", JUNIPER_CLIENT_SECRET: secret });
    for (const shown of [options, { ...options }, { accessToken: secret }]) {
      log.info(shown);
      log.info({ options: shown });
      log.child(shown).info("started");
    }
    expect(lines).toContain("the-id");
    expect(lines).not.toContain(secret);
  });

  test("have a key that is no identifier in brackets, without which some versions of pino throw", () => {
    expect(pinoPaths("my-order")).toContain('["my-order"].customer.firstName');
    expect(pinoPaths("my-order")).toContain('["my-order"].lineItems[*].productId');
  });

  test("know the order of a webhook event that is logged alone", () => {
    expect(pinoPaths("shipment")).toContain("shipment.fulfillmentInfo.checkpoints[*].message");
    expect(pinoPaths()).toContain("fulfillmentInfo.trackingUrl");
  });
});

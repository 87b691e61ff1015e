import { Writable } from "node:stream";
import { inspect } from "node:util";
import Fastify from "fastify";
import { pinoPaths, redact } from "juniper-fulfillment";
import { describe, expect, test } from "vitest";
import { sensitiveFields } from "../../../src/generated/privacy.ts";
import { classOf } from "../../../src/wrapper/privacy/sensitive.ts";
import { type Leaf, markedBodies } from "../../support/marked-bodies.ts";

const bodies = markedBodies();

/** Whether nothing on the way to it is hidden as a whole. */
const isHarmless = ({ names }: Leaf): boolean =>
  names.every((name, index) => classOf(name, names[index - 1] ?? "body") === undefined);

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

describe("pinoPaths", () => {
  test.each(bodies)("let pino remove it from $name, at the top and below a key", ({ body, leaves }) => {
    const lines: string[] = [];
    const stream = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    });
    // Its logger is pino's own.
    const { log } = Fastify({ logger: { stream, redact: [...pinoPaths("body")] } });
    log.info({ body });
    if (!Array.isArray(body)) log.info(body);
    for (const leaf of leaves) {
      if (isHarmless(leaf)) expect(lines[0]).toContain(leaf.mark);
      else expect(lines.join()).not.toContain(leaf.mark);
    }
  });
});

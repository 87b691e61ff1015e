import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nodes, operations } from "../../../src/generated/corrections.ts";
import { type CorrectionTable, createCorrections } from "../../../src/wrapper/corrections/corrections.ts";

/** One rename and one value map, as on orders, whatever the vendor's document holds today. */
const table: CorrectionTable = {
  nodes: [
    { properties: { kind: 1, to: 2, more: 3 } },
    { values: { wireValues: { ONE_TIME: "ONE-TIME" }, id: "JH-02" as never } },
    { renames: { zipCode: { wireName: "zip", id: "JH-01" as never } } },
    { items: 0 },
  ],
  operations: { "POST /things": { request: 0, responses: { 200: 0 } } },
};

const corrections = createCorrections(new Set(), undefined, table);
const out = (body: unknown) => corrections.of("POST", "/things")?.request(body);
const back = (body: unknown) => corrections.of("POST", "/things")?.response(200, body);

/** Any JSON object in the user's spelling. */
const { thing } = fc.letrec((tie) => ({
  thing: fc
    .tuple(
      fc.dictionary(fc.oneof(fc.string(), fc.constant("__proto__")), fc.jsonValue(), { maxKeys: 4 }),
      fc.record(
        {
          kind: fc.constantFrom("ONE_TIME", "SUBSCRIPTION", "constructor"),
          to: fc.record({ zipCode: fc.string(), line1: fc.string() }, { requiredKeys: [] }),
          more: fc.array(tie("thing"), { maxLength: 3 }),
        },
        { requiredKeys: [] },
      ),
    )
    .map(([others, own]) => ({ ...withoutOwn(others), ...own })),
}));

function withoutOwn(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !["kind", "to", "more"].includes(key)));
}

describe("for any body", () => {
  test("what goes out comes home unchanged", () => {
    fc.assert(
      fc.property(thing, (body) => {
        const wire = JSON.parse(JSON.stringify(out(body)));
        expect(back(wire)).toEqual(JSON.parse(JSON.stringify(body)));
      }),
    );
  });

  test("the caller's object is never touched", () => {
    fc.assert(
      fc.property(thing, (body) => {
        const before = JSON.stringify(body);
        deepFreeze(body);
        out(body);
        expect(JSON.stringify(body)).toBe(before);
      }),
    );
  });

  test("what is not corrected is passed on as the same object", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        const elsewhere = createCorrections(new Set(), undefined, {
          nodes: [],
          operations: { "GET /elsewhere": {} },
        });
        expect(elsewhere.of("GET", "/elsewhere")?.request(body)).toBe(body);
      }),
    );
    const untouched = { kind: "SUBSCRIPTION", to: { line1: "x" }, more: [{}] };
    expect(out(untouched)).toBe(untouched);
  });

  test("no user's spelling is left on the wire", () => {
    fc.assert(
      fc.property(thing, (body) => {
        const places = placesOf(out(body));
        expect(places.every(({ kind, to }) => kind !== "ONE_TIME" && !(to && "zipCode" in to))).toBe(true);
      }),
    );
  });
});

type Thing = { kind?: string; to?: object; more?: Thing[] };

function placesOf(body: unknown): Thing[] {
  const thing = body as Thing;
  return [thing, ...(thing.more ?? []).flatMap(placesOf)];
}

function deepFreeze(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  Object.freeze(value);
  for (const child of Object.values(value)) deepFreeze(child);
}

describe("an answer", () => {
  test("is taken in either spelling", () => {
    expect(back({ kind: "ONE-TIME", to: { zip: "1" } })).toEqual({ kind: "ONE_TIME", to: { zipCode: "1" } });
    expect(back({ kind: "ONE_TIME", to: { zipCode: "1" } })).toEqual({
      kind: "ONE_TIME",
      to: { zipCode: "1" },
    });
  });

  test("with both spellings keeps one when they agree", () => {
    expect(back({ to: { zip: "1", zipCode: "1" } })).toEqual({ to: { zipCode: "1" } });
  });

  test("with both spellings that differ takes the wire's, and leaves its property in place", () => {
    expect(back({ to: { zip: "1", zipCode: "2" } })).toEqual({ to: { zip: "1", zipCode: "1" } });
  });

  test("with the wire's spelling left in place as null, keeps the value of the other", () => {
    expect(back({ to: { zip: null, zipCode: "2" } })).toEqual({ to: { zip: null, zipCode: "2" } });
    expect(back({ to: { zip: "1", zipCode: null } })).toEqual({ to: { zip: "1", zipCode: "1" } });
    expect(back({ to: { zip: null } })).toEqual({ to: { zipCode: null } });
  });

  test("keeps the order of its keys, but for a renamed one, which comes last", () => {
    const to = (back({ to: { city: "a", zip: "1", line1: "b" } }) as { to: object }).to;
    expect(Object.keys(to)).toEqual(["city", "line1", "zipCode"]);
  });

  test("of another shape than documented is passed on as it is", () => {
    for (const body of [null, 7, "text", [], { to: null, kind: 3, more: "none" }])
      expect(back(body)).toEqual(body);
  });

  test("keeps a __proto__ that is data", () => {
    const to = JSON.parse('{"__proto__": {"admin": true}, "zip": "1"}');
    expect(JSON.stringify(back({ to }))).toBe('{"to":{"__proto__":{"admin":true},"zipCode":"1"}}');
  });
});

describe("a request", () => {
  test("with both spellings sends the user's", () => {
    expect(out({ to: { zip: "1", zipCode: "2" } })).toEqual({ to: { zip: "2" } });
  });

  test("is corrected in what toJSON makes of it", () => {
    expect(out({ to: { toJSON: () => ({ zipCode: "1" }) } })).toEqual({ to: { zip: "1" } });
  });
});

describe("a correction that is switched off", () => {
  const off = createCorrections(new Set(["JH-01"]), undefined, table);

  test("leaves its field as it is, both ways", () => {
    expect(off.of("POST", "/things")?.request({ to: { zipCode: "1" } })).toEqual({ to: { zipCode: "1" } });
    expect(off.of("POST", "/things")?.response(200, { to: { zip: "1" } })).toEqual({ to: { zip: "1" } });
  });

  test("leaves the others on", () => {
    expect(off.of("POST", "/things")?.request({ kind: "ONE_TIME" })).toEqual({ kind: "ONE-TIME" });
  });
});

describe("onDiscrepancy", () => {
  test("is told once for each spelling that an answer holds", () => {
    const seen: string[] = [];
    const watching = createCorrections(new Set(), (id, spelling) => seen.push(`${id} ${spelling}`), table);
    watching.of("POST", "/things")?.response(200, {
      kind: "ONE-TIME",
      to: { zip: "1" },
      more: [
        { kind: "ONE_TIME", to: { zip: "2" } },
        { kind: "SUBSCRIPTION", to: { zipCode: "3" } },
      ],
    });
    expect(seen.sort()).toEqual(["JH-01 zip", "JH-01 zipCode", "JH-02 ONE-TIME", "JH-02 ONE_TIME"]);
  });
});

test("every place of the generated table exists, and no operation has an empty entry", () => {
  const targets = [
    ...nodes.flatMap(({ properties = {}, items, additional }) => [
      ...Object.values(properties),
      items,
      additional,
    ]),
    ...Object.values(operations).flatMap(({ query, request, responses = {} }) => [
      query,
      request,
      ...Object.values(responses),
    ]),
  ].filter((index) => index !== undefined);
  for (const index of targets) expect(nodes[index]).toBeDefined();
});

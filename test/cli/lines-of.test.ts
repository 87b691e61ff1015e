import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { linesOf } from "../../src/cli/lines-of.ts";

async function linesIn(...chunks: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  const bytes = chunks.map((chunk) => Buffer.from(chunk));
  for await (const line of linesOf(Readable.from(bytes, { objectMode: false }))) lines.push(line);
  return lines;
}

test("a line ends at a line break of any system, wherever the chunks do", async () => {
  expect(await linesIn("a\r\nb\nc\rd\n\ne")).toEqual(["a", "b", "c", "d", "", "e"]);
  expect(await linesIn("a\r", "\nb\r", "c", "\n")).toEqual(["a", "b", "c"]);
  expect(await linesIn("a\r")).toEqual(["a"]);
  expect(await linesIn("")).toEqual([]);
});

test("a line does not end at U+2028 and U+2029, which JSON may have in its strings", async () => {
  const line = JSON.stringify({ note: "a\u2028b\u2029c" });
  expect(await linesIn(`${line}\n`, line)).toEqual([line, line]);
});

test("an aborted text has no more lines, and what fails is thrown", async () => {
  const ended = new AbortController();
  const silent = new Readable({ read() {} });
  const lines = linesOf(silent, ended.signal);
  const next = lines.next();
  ended.abort();
  expect((await next).done).toBe(true);
  const failing = new Readable({
    read() {
      this.destroy(new Error("no disk"));
    },
  });
  await expect(linesOf(failing).next()).rejects.toThrow("no disk");
});

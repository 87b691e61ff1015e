import type { Readable } from "node:stream";
import { type CsvError, parse } from "csv-parse";
import { Columns } from "./columns.ts";
import type { OrderField } from "./order-fields.ts";
import type { SubmissionLine } from "./submission-line.ts";

/** No order of this API is as large. A quote that is never closed would take in the rest of the file. */
const largestLine = 1_000_000;

export interface CsvFormat {
  readonly delimiter: string;
  /** Columns of the user's own. */
  readonly ignored: ReadonlySet<string>;
  readonly fields: ReadonlyMap<string, OrderField>;
}

/** Reads a CSV whose first line names the columns. Where that makes no sense, nothing after it is read. */
export async function* readCsv(
  input: Readable,
  { delimiter, ignored, fields }: CsvFormat,
): AsyncGenerator<SubmissionLine> {
  const parser = input.pipe(
    parse({
      delimiter,
      bom: true,
      info: true,
      relax_column_count: true,
      // All of them in one file: a line may have been pasted from another.
      record_delimiter: ["\r\n", "\n", "\r"],
      max_record_size: largestLine,
      skip_records_with_error: true,
    }),
  );
  // What is skipped is told while lines before it still wait to be taken.
  const skipped: SkippedRecord[] = [];
  parser.on("skip", (error: SkippedRecord) => skipped.push(error));
  input.once("error", (error) => parser.destroy(error));
  let columns: Columns | undefined;
  /** Where the next record begins. */
  let next = 1;
  /** How many line breaks of two characters there were within cells: csv-parse counts them twice. */
  let doubled = 0;
  function* skippedUpTo(last: number): Generator<SubmissionLine> {
    while (skipped[0] !== undefined && skipped[0].lines <= last) {
      const { code, lines } = skipped.shift() as SkippedRecord;
      const line = Math.min(next, lines - doubled);
      yield unreadable(line, `can't be read as CSV (${code}), and what follows may be misread`);
      next = lines - doubled + 1;
    }
  }
  try {
    for await (const { record, info } of parser as AsyncIterable<CsvRecord>) {
      yield* skippedUpTo(info.lines);
      doubled += record.join().split("\r\n").length - 1;
      const at = { line: next };
      next = info.lines - doubled + 1;
      if (record.length === 1 && record[0] === "") continue;
      if (columns === undefined) {
        columns = new Columns(record, fields, ignored);
        if (columns.problems.length === 0) continue;
        yield { ...at, reference: undefined, order: undefined, problems: columns.problems };
        return;
      }
      if (record.length !== columns.length) {
        yield unreadable(at.line, `has ${record.length} cells, but the first line has ${columns.length}`);
      } else yield { ...at, ...columns.read(record) };
    }
    yield* skippedUpTo(Number.POSITIVE_INFINITY);
  } finally {
    input.destroy();
  }
}

type SkippedRecord = CsvError & { readonly lines: number };

interface CsvRecord {
  readonly record: readonly string[];
  /** `lines` is the number of the line in which the record ends. */
  readonly info: { readonly lines: number };
}

function unreadable(line: number, problem: string): SubmissionLine {
  return { line, reference: undefined, order: undefined, problems: [{ field: "", problem }] };
}

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { UsageError } from "../command.ts";
import { codeOf } from "../error-code.ts";
import type { OrderField } from "./order-fields.ts";
import { readCsv } from "./read-csv.ts";
import { readJsonLines } from "./read-json-lines.ts";
import type { SubmissionLine } from "./submission-line.ts";

/** The options of commands that read a file of orders, for parseArgs. */
export const inputOptions = {
  format: { type: "string" },
  delimiter: { type: "string", default: "," },
  "ignore-column": { type: "string", multiple: true, default: [] as string[] },
} as const;

/** What the usage says of them, and of the file. */
export const fileUsage = `FILE is a CSV whose first line names the columns by the fields of an order (reference, customer.address.zipCode,
lineItems[0].productId), or has a JSON object {"reference": …, "order": {…}} on each line. A reference is your own name for
the order, without blanks around it. It is stored unencrypted in the ledger, and printed.`;
export const inputUsage = `  --format NAME         csv or jsonl (default: the extension of FILE)
  --delimiter CHAR      what separates the cells of a CSV (default: ,)
  --ignore-column NAME  a column of your own, which is not a field of an order; may be repeated`;

export interface InputValues {
  readonly format?: string | undefined;
  readonly delimiter: string;
  readonly "ignore-column": readonly string[];
}

/** A file of orders, which can be read several times unless it is a pipe. */
export interface InputFile {
  /** Whether it is no pipe, which is used up when it has been read. */
  readonly isFile: boolean;
  read(): AsyncIterable<SubmissionLine>;
  /** Whether the file has been changed since it was opened, or is gone. */
  hasChanged(): Promise<boolean>;
}

/** @throws {UsageError} when there is no such file, or its format can't be told. */
export async function openInput(
  words: readonly string[],
  values: InputValues,
  fields: ReadonlyMap<string, OrderField>,
): Promise<InputFile> {
  const [path, ...rest] = words;
  if (path === undefined || rest.length > 0) throw new UsageError("Name one file of orders.");
  const format = values.format ?? formats[extname(path).toLowerCase()];
  if (format !== "csv" && format !== "jsonl") {
    throw new UsageError("The format of the file is unknown: pass --format csv, or --format jsonl.");
  }
  if (values.delimiter.length !== 1 || /["\r\n]/.test(values.delimiter)) {
    throw new UsageError("--delimiter must be one character, such as ;.");
  }
  const { version, isFile } = await lookAt(path).catch((error: unknown) => {
    throw unreadable(error);
  });
  const csv = { delimiter: values.delimiter, ignored: new Set(values["ignore-column"]), fields };
  return {
    isFile,
    read: () =>
      readReporting(() => {
        const input = createReadStream(path);
        return format === "csv" ? readCsv(input, csv) : readJsonLines(input);
      }),
    hasChanged: async () => (await lookAt(path).catch(() => undefined))?.version !== version,
  };
}

const formats: Readonly<Record<string, string>> = {
  ".csv": "csv",
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
};

async function lookAt(path: string): Promise<{ readonly version: string; readonly isFile: boolean }> {
  const found = await stat(path);
  return { version: `${found.size} ${found.mtimeMs} ${found.ino}`, isFile: found.isFile() };
}

async function* readReporting(read: () => AsyncIterable<SubmissionLine>): AsyncGenerator<SubmissionLine> {
  try {
    yield* read();
  } catch (error) {
    throw "syscall" in Object(error) ? unreadable(error) : error;
  }
}

function unreadable(error: unknown): UsageError {
  return new UsageError(`The file can't be read${codeOf(error)}.`);
}

import { writeFile } from "node:fs/promises";
import { message } from "../document/message.ts";

/** Writes a report to where it was asked for. False where that can't be, which it prints. */
export async function writeReport(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text);
    return true;
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    console.error(message`error: The report can't be written to ${path}: ${reason}\n\nNothing was written.`);
    return false;
  }
}

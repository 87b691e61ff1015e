import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { projectRoot } from "../package/project-root.ts";
import { playTranscript, type Stage } from "./play-transcript.ts";
import { readTranscript, writeTranscript } from "./transcript.ts";

/** The page that shows every subcommand at work. */
export const commandPage: string = join(projectRoot, "COMMAND.md");

/** Runs every command of the page, and returns the page as it should be. The files that they read are put in the folder. */
export async function playCommandPage(
  stage: Stage,
): Promise<{ readonly page: string; readonly played: string }> {
  await cp(join(projectRoot, "examples", "orders"), stage.folder, { recursive: true });
  const page = await readFile(commandPage, "utf8");
  const steps = readTranscript(page);
  return { page, played: writeTranscript(steps, await playTranscript(steps, stage)) };
}

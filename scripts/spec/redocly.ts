import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { SpecError } from "./spec-error.ts";

const program = fileURLToPath(new URL("../../node_modules/@redocly/cli/bin/cli.js", import.meta.url));
const configuration = fileURLToPath(new URL("../../redocly.yaml", import.meta.url));

export interface RedoclyRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  /** Both streams, for messages. */
  readonly output: string;
}

/** Its own advertisement in a box is left out. */
function withoutBanner(output: string): string {
  return output.replace(/^\s*[╔║╚].*\n?/gm, "").trim();
}

/** How long a command may take. A hostile pattern beside an example keeps a linter busy for ever. */
const toolTimeoutMs = 120_000;

/**
 * Runs one of Redocly's commands with this project's configuration, without its looking for updates, and only for so
 * long. It is given documents that refer to nothing outside.
 */
export function runRedocly(
  command: string,
  args: readonly string[],
  timeoutMs = toolTimeoutMs,
): Promise<RedoclyRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, command, ...args, "--config", configuration], {
      env: {
        ...process.env,
        NO_COLOR: "1",
        FORCE_COLOR: "0",
        REDOCLY_TELEMETRY: "off",
        REDOCLY_SUPPRESS_UPDATE_NOTICE: "true",
      },
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    let stdout = "";
    let output = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
      output += chunk;
    });
    child.stderr.on("data", (chunk) => {
      output += chunk;
    });
    child.on("error", reject);
    child.on("close", (exitCode, signal) => {
      if (signal === null) return resolve({ exitCode, stdout, output: withoutBanner(output) });
      const seconds = Math.round(timeoutMs / 1_000);
      reject(
        new SpecError(
          `\`redocly ${command}\` did not end within ${seconds} s. Look for a pattern such as \`^(a+)+$\` beside an ` +
            "example, or for references that grow without end.",
        ),
      );
    });
  });
}

import { spawn } from "node:child_process";
import { isAbsolute } from "node:path";

export interface Execution {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, whatever its exit code, as another user where one is given. */
export function execute(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
  user?: { readonly uid: number; readonly gid: number },
): Promise<Execution> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      // On Windows npm and npx are scripts, which need a shell. The path of a program may hold a space, which a
      // shell would take for its end.
      shell: process.platform === "win32" && !isAbsolute(command),
      env: { ...process.env, ...env },
      ...user,
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}

import { execFileSync } from "node:child_process";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execute } from "../../scripts/package/execute.ts";
import { findProgram, freePort, namesIn, startProgram } from "./programs.ts";
import type { TestServer } from "./redis-server.ts";

// Debian keeps the programs of each version in a folder of their own.
const debian = "/usr/lib/postgresql";
const program = findProgram(
  "initdb",
  namesIn(debian).map((version) => join(debian, version, "bin")),
);
const user = process.getuid?.() === 0 ? userPostgres() : undefined;
const isRootAlone = process.getuid?.() === 0 && user === undefined;

/** Why tests with a PostgreSQL are skipped; empty where they run. */
export const postgresMissing =
  program === undefined || isRootAlone ? " (skipped: PostgreSQL is not installed)" : "";

/** PostgreSQL does not run as root. The package makes a user for it. */
function userPostgres(): { uid: number; gid: number } | undefined {
  const idOf = (flag: string): number =>
    Number(execFileSync("id", [flag, "postgres"], { stdio: ["ignore", "pipe", "ignore"] }));
  try {
    return { uid: idOf("-u"), gid: idOf("-g") };
  } catch {
    return undefined;
  }
}

/** A PostgreSQL of the test's own, on a free port, with one empty database. */
export async function startPostgresServer(settings: readonly string[] = []): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), "postgres-"));
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  const bin = dirname(program ?? "");
  const data = join(folder, "data");
  const init = ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
  const { exitCode, stderr } = await execute(join(bin, "initdb"), init, "/", {}, user);
  if (exitCode !== 0) throw new Error(`initdb failed:\n${stderr}`);
  const port = await freePort();
  const server = await startProgram(join(bin, "postgres"), {
    args: [
      "-D",
      data,
      "-k",
      folder,
      "-p",
      String(port),
      ...settings.flatMap((setting) => ["-c", setting]),
      "-c",
      "listen_addresses=127.0.0.1",
    ],
    readyWhen: /ready to accept connections/,
    user,
  });
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    close: async () => {
      await server.stop("SIGINT");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rmdir, stat, unlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/**
 * Does something while nobody else does, in any process of this machine.
 *
 * It is Lamport's bakery: everybody draws a number one higher than those that are there, and the lowest goes first.
 * Each has a file of a name that is never used again, so that what a killed process has left can be deleted by anyone
 * without ever hitting somebody who is alive. A process that is stopped, and not dead, keeps its turn.
 *
 * @param folder A folder for this lock alone. It is made and deleted as needed.
 * @throws when it takes longer than 10 s: the holder is alive and does not go on.
 */
export async function withLock<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  const mine = await draw(folder);
  try {
    await waitForTurn(folder, mine);
    return await work();
  } finally {
    await unlink(join(folder, mine)).catch(() => {});
    // The last one to go takes the folder along. It fails as long as anybody else is in it.
    await rmdir(folder).catch(() => {});
  }
}

const timeoutMs = 10_000;
/** A process on another host, or in another container, can't be asked whether it lives. */
const mostForeignMs = 60_000;

/** Draws a number, and returns the name of the file that says so. */
async function draw(folder: string): Promise<string> {
  const owner = `${await identity()}.${randomUUID()}`;
  const choosing = `c.${owner}`;
  await create(folder, choosing);
  try {
    const numbers = (await readdir(folder)).filter(isTicket).map(numberOf);
    const ticket = `t.${String(1 + Math.max(0, ...numbers)).padStart(9, "0")}.${owner}`;
    await create(folder, ticket);
    return ticket;
  } finally {
    await unlink(join(folder, choosing)).catch(() => {});
  }
}

async function waitForTurn(folder: string, mine: string): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  // First those who are drawing, since they may draw the same number; then, in a new listing, those who come first.
  const isDrawing = (name: string): boolean => name.startsWith("c.");
  const isBefore = (name: string): boolean => isTicket(name) && name < mine;
  for (const isInTheWay of [isDrawing, isBefore]) {
    for (let waitMs = 1; await isAnyAlive(folder, isInTheWay); waitMs = Math.min(50, 2 * waitMs)) {
      if (performance.now() > endMs) throw new Error("Another process holds a lock in the ledger's folder.");
      await delay(waitMs * (0.5 + Math.random()));
    }
  }
}

/** Creates a file. The folder may be taken away in between, by somebody who has found it empty. */
async function create(folder: string, name: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      // Making a folder can fail too while somebody takes it away.
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return await writeFile(join(folder, name), "", { flag: "wx", mode: 0o600 });
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (tries > 100 || (code !== "ENOENT" && code !== "EEXIST")) throw error;
    }
  }
}

async function isAnyAlive(folder: string, isMeant: (name: string) => boolean): Promise<boolean> {
  for (const name of (await readdir(folder)).filter(isMeant)) {
    if (await isAlive(folder, name)) return true;
    await unlink(join(folder, name)).catch(() => {});
  }
  return false;
}

function isTicket(name: string): boolean {
  return name.startsWith("t.");
}

function numberOf(ticket: string): number {
  return Number(ticket.split(".")[1]);
}

/** Host, process and when the process began: another one may get the same number later. */
async function identity(): Promise<string> {
  return `${host()}.${process.pid}.${await startOf(process.pid)}`;
}

function host(): string {
  return Buffer.from(hostname()).toString("hex").slice(0, 64);
}

async function isAlive(folder: string, name: string): Promise<boolean> {
  const [owner, pid = "", start] = name.split(".").slice(isTicket(name) ? 2 : 1);
  if (owner !== host()) {
    const { mtimeMs } = await stat(join(folder, name)).catch(() => ({ mtimeMs: 0 }));
    return Date.now() - mtimeMs < mostForeignMs;
  }
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    // EPERM: it is another user's, and alive.
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
  }
  return (await startOf(Number(pid))) === start;
}

/** In ticks since the machine has started, where the system tells (Linux). Of one that is dead and not yet buried, none. */
async function startOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The name of the program comes second, in parentheses, and may hold anything.
  const [state, ...fields] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return state === "Z" || state === "X" ? "none" : (fields[18] ?? "0");
}

import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { ConfigurationError } from "juniper-fulfillment";
import { type FileLedger, fileLedger } from "juniper-fulfillment/stores";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { projectRoot } from "../../scripts/package/project-root.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "file-ledger-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const filesIn = async (path: string): Promise<string[]> =>
  (await readdir(path, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));

/** A process that works on the folder until it is killed, with `ledger` in its hands. */
function startProcess(code: string) {
  const child = spawn(
    process.execPath,
    [
      "--conditions=juniper-fulfillment-source",
      `--import=${pathToFileURL(join(projectRoot, "node_modules", "tsx", "dist", "loader.mjs")).href}`,
      "--input-type=module",
      "--eval",
      `import { fileLedger } from ${JSON.stringify(pathToFileURL(join(projectRoot, "src/stores/index.ts")).href)};
       const ledger = fileLedger(process.argv[1]);\n${code}`,
      folder,
    ],
    { cwd: projectRoot, stdio: ["ignore", "pipe", "inherit"] },
  );
  return { child, ended: once(child, "exit"), nextLine: () => once(child.stdout, "data") };
}

test("an entry of a folder is one file, readable by its owner alone, and nothing else is left behind", async () => {
  const ledger = fileLedger(folder);
  await ledger.add("key", "1");
  await ledger.set("key", "2");
  await ledger.replace("key", "2", "3");
  await ledger.add("key", "4");
  const files = await filesIn(folder);
  expect(files).toHaveLength(1);
  expect(JSON.parse(await readFile(files[0] ?? "", "utf8"))).toMatchObject({ key: "key", value: "3" });
  expect(execFileSync("stat", ["-c", "%a", files[0] ?? ""], { encoding: "utf8" })).toBe("600\n");
  await ledger.remove("key", "3");
  await ledger.delete("key");
  expect(await filesIn(folder)).toEqual([]);
  expect(await readdir(join(folder, "locks"))).toEqual([]);
});

test("a relative folder is the one that it was when the ledger was made", async () => {
  const { child, ended } = startProcess(`
    process.chdir(process.argv[1]);
    const own = fileLedger("own");
    process.chdir("/");
    await own.add("key", "1");`);
  await ended;
  expect(child.exitCode).toBe(0);
  expect(await filesIn(join(folder, "own"))).toHaveLength(1);
});

test("fileLedger takes a path", () => {
  for (const wrong of ["", "a\0b", undefined, 7]) {
    // A caller without types.
    expect(() => fileLedger(wrong as string)).toThrow(ConfigurationError);
  }
});

test("a file that is damaged is an error, and not an order that was never sent", async () => {
  const ledger = fileLedger(folder);
  await ledger.add("key", "value");
  const [file = ""] = await filesIn(folder);
  for (const text of ["", "{", '{"key":"key"}']) {
    await writeFile(file, text);
    await expect(ledger.get("key")).rejects.toThrow("is damaged");
    await expect(ledger.add("key", "value")).rejects.toThrow("is damaged");
    await expect(ledger.replace("key", "value", "other")).rejects.toThrow("is damaged");
  }
});

test("a file in which any bit has flipped is an error", async () => {
  const ledger = fileLedger(folder);
  await ledger.add("key", '{"state":"done","orderId":"o-1"}', 60 * 60_000);
  const [file = ""] = await filesIn(folder);
  const bytes = await readFile(file);
  const replies = new Map<string, number>();
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    await writeFile(file, flipped);
    const reply = await ledger.get("key").catch((error: unknown) => {
      expect(error).toBeInstanceOf(ConfigurationError);
      return "damaged";
    });
    replies.set(String(reply), 1 + (replies.get(String(reply)) ?? 0));
  }
  expect(replies).toEqual(new Map([["damaged", 8 * bytes.length]]));
});

test("a file without a checksum is an error that says so", async () => {
  const ledger = fileLedger(folder);
  await ledger.add("key", "value");
  const [file = ""] = await filesIn(folder);
  await writeFile(file, JSON.stringify({ key: "key", value: "value" }));
  await expect(ledger.get("key")).rejects.toThrow(/is damaged: it has no checksum/);
});

test("a file that holds the entry of another key is an error, and not that entry", async () => {
  const ledger = fileLedger(folder);
  const files: string[] = [];
  for (const [one, other] of [
    ["first", "second"],
    ["x:open:first", "x:open:second"],
  ] as const) {
    await ledger.add(one, "value");
    const [source = ""] = (await filesIn(folder)).filter((path) => !files.includes(path));
    files.push(source);
    await ledger.add(other, "value");
    const [file = ""] = (await filesIn(folder)).filter((path) => !files.includes(path));
    files.push(file);
    await copyFile(source, file);
    const uses = [
      () => ledger.get(other),
      () => ledger.add(other, "mine"),
      () => ledger.replace(other, "value", "mine"),
      () => ledger.remove(other, "value"),
    ];
    for (const use of uses) await expect(use()).rejects.toThrow(/is damaged: it holds another key's entry/);
    expect(await ledger.get(one)).toBe("value");
  }
  const { keys, error } = await listOf(ledger, "x:open:");
  expect(keys).toEqual(["x:open:first"]);
  expect(error).toBeInstanceOf(ConfigurationError);
});

/** The keys of a list in order, and what ended it. */
async function listOf(ledger: FileLedger, prefix: string): Promise<{ keys: string[]; error?: unknown }> {
  const keys: string[] = [];
  try {
    for await (const [key] of ledger.list(prefix)) keys.push(key);
  } catch (error) {
    return { keys: keys.sort(), error };
  }
  return { keys: keys.sort() };
}

test("a damaged file hides no other entry from a list, and is named at its end", async () => {
  const ledger = fileLedger(folder);
  const keys = Array.from({ length: 5 }, (_, index) => `x:open:${index}`);
  await ledger.add(keys[0] ?? "", "value");
  const [damaged = ""] = await filesIn(folder);
  for (const key of keys.slice(1)) await ledger.add(key, "value");
  for (const text of ["garbage", "null", "7"]) {
    await writeFile(damaged, text);
    const listed = await listOf(ledger, "x:open:");
    expect(listed.error).toBeInstanceOf(ConfigurationError);
    expect(String(listed.error)).toMatch(/file [\da-f]+ is damaged: it holds no entry\. Restore it/);
    expect(listed.keys).toEqual(keys.slice(1));
  }
});

/** What programs of others leave in a folder: a folder, a link, and files. */
async function litter(path: string): Promise<string[]> {
  const [eaDir = "", link = "", ...files] = ["@eaDir", "link", ".DS_Store", "Thumbs.db", "0".repeat(63)];
  await mkdir(join(path, eaDir));
  await symlink(tmpdir(), join(path, link));
  for (const name of files) await writeFile(join(path, name), "Bud1");
  return [eaDir, link, ...files];
}

test("what others have left in the folder is not listed, and not the ledger's concern", async () => {
  const ledger = fileLedger(folder);
  const keys = Array.from({ length: 5 }, (_, index) => `x:open:${index}`);
  for (const key of keys) await ledger.add(key, "value");
  await litter(join(folder, "open"));
  expect(await listOf(ledger, "x:open:")).toEqual({ keys });
});

test.each([
  ["folder", (path: string) => mkdir(path)],
  ["link", (path: string) => symlink(tmpdir(), path)],
])("a %s in the place of an entry hides no other from a list, and is named at its end", async (_what, put) => {
  const ledger = fileLedger(folder);
  const keys = Array.from({ length: 5 }, (_, index) => `x:open:${index}`);
  await ledger.add(keys[0] ?? "", "value");
  const [file = ""] = await filesIn(folder);
  for (const key of keys.slice(1)) await ledger.add(key, "value");
  await rm(file);
  await put(file);
  const listed = await listOf(ledger, "x:open:");
  expect(listed.keys).toEqual(keys.slice(1));
  expect(listed.error).toBeInstanceOf(ConfigurationError);
  expect(String(listed.error)).toMatch(/file [\da-f]+ is damaged: it is no file that can be read/);
  await expect(ledger.get(keys[0] ?? "")).rejects.toThrow(/is damaged/);
});

test("expired entries and drafts are deleted beside what others have left, and what is damaged", async () => {
  const ledger = fileLedger(folder);
  await ledger.add("x:open:damaged", "value");
  const [damaged = ""] = await filesIn(folder);
  await writeFile(damaged, "garbage");
  for (let index = 0; index < 20; index++) await ledger.add(`x:open:${index}`, "value", 1);
  const old = new Date(Date.now() - 24 * 60 * 60_000);
  const [drafts, open] = [join(folder, "drafts"), join(folder, "open")];
  const foreign = [...(await litter(open)), basename(damaged)].sort();
  const foreignDrafts = (await litter(drafts)).sort();
  for (let index = 0; index < 20; index++) await writeFile(join(drafts, randomUUID()), "cut sh");
  for (const name of await readdir(drafts)) await utimes(join(drafts, name), old, old);
  const random = vi.spyOn(Math, "random").mockReturnValue(0);
  await ledger.add("sweeps", "value");
  random.mockRestore();
  await expect.poll(async () => (await readdir(open)).sort()).toEqual(foreign);
  await expect.poll(async () => (await readdir(drafts)).sort()).toEqual(foreignDrafts);
});

test("a symbolic link in the place of an entry is not followed", async () => {
  const ledger = fileLedger(folder);
  await ledger.add("key", "value");
  const [file = ""] = await filesIn(folder);
  const outside = join(folder, "outside");
  await writeFile(outside, JSON.stringify({ key: "key", value: "stolen" }));
  await rm(file);
  await symlink(outside, file);
  await expect(ledger.get("key")).rejects.toThrow();
  expect(await ledger.add("key", "mine").catch(() => false)).toBe(false);
  expect(await readFile(outside, "utf8")).toContain("stolen");
});

describe("processes that share a folder", () => {
  test("count together without losing a step", async () => {
    await fileLedger(folder).add("count", "0");
    const steps = 40;
    const counters = Array.from({ length: 3 }, () =>
      startProcess(`for (let step = 0; step < ${steps};) {
        const text = await ledger.get("count");
        if (await ledger.replace("count", text, String(Number(text) + 1))) step++;
      }`),
    );
    for (const { ended } of counters) expect(await ended).toEqual([0, null]);
    expect(await fileLedger(folder).get("count")).toBe(String(3 * steps));
  });

  test("that are killed at any moment leave whole entries, and no lock that holds up the next", async () => {
    const ledger = fileLedger(folder);
    for (let round = 0; round < 6; round++) {
      const { child, ended, nextLine } = startProcess(`
        await ledger.set("shared", "0");
        console.log("ready");
        for (let step = 0; ; step++) {
          await ledger.replace("shared", String(step), String(step + 1) + "x".repeat(10_000 * (step % 2)));
          await ledger.set("shared", String(step + 1));
          await ledger.add("new" + step, "y".repeat(20_000));
          await ledger.remove("new" + step, "y".repeat(20_000));
        }`);
      await nextLine();
      await new Promise((resolve) => setTimeout(resolve, 37 * round));
      child.kill("SIGKILL");
      await ended;
      // Nothing is half written, and nobody waits for the dead.
      expect(await ledger.get("shared")).toMatch(/^\d+x*$/);
      await ledger.set("shared", `after round ${round}`);
      expect(await ledger.get("shared")).toBe(`after round ${round}`);
    }
  });
});

const canMount = process.getuid?.() === 0 && process.platform === "linux" && tryToMount();

function tryToMount(): boolean {
  try {
    execFileSync("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

test.runIf(canMount)(
  `a full disk fails the write, and leaves the entry as it was${canMount ? "" : " (skipped: it takes Linux, root and unshare)"}`,
  async () => {
    const disk = join(folder, "disk");
    await mkdir(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk]);
    try {
      const ledger = fileLedger(join(disk, "ledger"));
      await ledger.add("first", "value");
      await ledger.add("second", "value");
      let written = 0;
      const fill = async (): Promise<void> => {
        for (; written < 1_000; written++) await ledger.add(`fill:${written}`, "x".repeat(4_000));
      };
      await expect(fill()).rejects.toThrow("ENOSPC");
      expect(written).toBeGreaterThan(5);
      await expect(ledger.set("first", "x".repeat(8_000))).rejects.toThrow("ENOSPC");
      await expect(ledger.replace("second", "value", "x".repeat(8_000))).rejects.toThrow("ENOSPC");
      await expect(ledger.add("third", "x".repeat(8_000))).rejects.toThrow("ENOSPC");
      expect(await ledger.get("first")).toBe("value");
      expect(await ledger.get("second")).toBe("value");
      expect(await ledger.get("third")).toBeUndefined();
      // What is there can be deleted, and then there is room again.
      for (let number = 0; number < written; number++) await ledger.delete(`fill:${number}`);
      expect(await ledger.add("third", "x".repeat(8_000))).toBe(true);
    } finally {
      execFileSync("umount", [disk]);
    }
  },
);

/** `npm run bench`: measures everything, and writes results.json, chart.svg and the table of its README. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { groups } from "./goals.mjs";
import { chart, cpuTable, table } from "./report.mjs";

const usage = `Usage: npm run bench [-- --node 20,22,24] [--runs N] [--cpu] [--warm-up N] [--only NAMES] [--against FOLDER]
                       [--quick]

  --node VERSIONS  also measure on these versions of Node, from the npm packages of Node (default: this one)
  --runs N         measure this client N times from the start, and the others once; the tables then have the medians and, in
                   brackets, the spread
  --cpu            CPU time alone; the rest stays as results.json has it
  --warm-up N      calls of each operation before the first that counts (default: 5000). Fewer, and what V8 compiles counts
  --only NAMES     CPU time of some rows of the table, such as "raw undici;this client": nothing is written
  --against FOLDER compare with the build of another checkout, and print the table: nothing is written
  --quick          fewer rounds, and 20,000 calls in place of a million for memory`;

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const npm = process.platform === "win32" ? "npm.cmd" : "npm";

const options = readOptions();
await prepare();
// They import what has just been generated and built.
const { baselines, createContestants } = await import("./contestants.mjs");
const { createFunctions } = await import("./functions.mjs");
const server = await startServer();
const stores = options.printed ? [] : await startStores();
try {
  const nodes = options.versions.map(nodeBinary);
  const results = {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}, ${process.platform} ${process.arch}`,
    pinned: hasTaskset(),
    runs: options.runs,
    cpu: {},
    functions: {},
  };
  const runs = [];
  for (let run = 1; run <= options.runs; run++) {
    if (options.runs > 1) say(`Run ${run} of ${options.runs}`);
    for (const node of nodes) {
      const measured = { cpu: await measureCpu(node, run > 1), functions: await measureFunctions(node) };
      runs.push({ version: version(node), ...measured });
    }
  }
  for (const name of new Set(runs.map((run) => run.version))) {
    const ofVersion = runs.filter((run) => run.version === name);
    results.cpu[name] = overRuns(ofVersion.map(({ cpu }) => cpu));
    results.functions[name] = overRuns(ofVersion.map(({ functions }) => functions));
  }
  if (!options.printed) await completeAndWrite(results);
  else console.log(`\n${cpuTable(results)}`);
} finally {
  server.child.kill();
  for (const store of stores) await store.close();
}

/** Adds what isn't CPU time, measured now or taken from the last run, and writes all of it down. */
async function completeAndWrite(results) {
  if (options.cpu) {
    const before = JSON.parse(readFileSync(join(here, "results.json"), "utf8"));
    const { restDate = before.date, coldStartMs, memory, webEntryBytes, typeCheckMs, generateMs } = before;
    Object.assign(results, { restDate, coldStartMs, memory, webEntryBytes, typeCheckMs, generateMs });
  } else {
    results.coldStartMs = measureColdStart(process.execPath);
    results.memory = measureMemory();
    results.webEntryBytes = await measureWebEntry();
    results.typeCheckMs = measureTypeCheck();
    results.generateMs = time(() =>
      run(process.execPath, [join("node_modules", "tsx", "dist", "cli.mjs"), "scripts/generate.ts"], root),
    );
  }
  writeFileSync(join(here, "results.json"), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(join(here, "chart.svg"), chart(results));
  const text = table(results);
  intoReadme(text);
  console.log(`\n${text}\n\nWritten: bench/results.json, bench/chart.svg and the table in bench/README.md.`);
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        node: { type: "string" },
        runs: { type: "string", default: "1" },
        cpu: { type: "boolean", default: false },
        "warm-up": { type: "string" },
        only: { type: "string" },
        against: { type: "string" },
        quick: { type: "boolean", default: false },
      },
    });
    const versions = values.node?.split(",") ?? [];
    if (versions.some((text) => !/^\d+(\.\d+){0,2}$/.test(text)))
      throw new Error("--node takes versions such as 20,22");
    if (!/^[1-9]\d?$/.test(values.runs)) throw new Error("--runs takes a whole number from 1 to 99");
    const warmUp = values["warm-up"] ?? (values.quick ? "2000" : "5000");
    if (!/^[1-9]\d{0,6}$/.test(warmUp)) throw new Error("--warm-up takes a whole number from 1 to 9999999");
    const against = values.against === undefined ? undefined : resolve(values.against, "dist", "index.js");
    if (against !== undefined && !existsSync(against))
      throw new Error(
        `--against: ${against} isn't there. Run \`npm ci && npm run build\` in that folder first.`,
      );
    const printed = against !== undefined || values.only !== undefined;
    return {
      against,
      only: values.only?.split(";"),
      printed,
      runs: Number(values.runs),
      cpu: values.cpu || printed,
      quick: values.quick,
      warmUp: Number(warmUp),
      versions: versions.length > 0 ? versions : [undefined],
    };
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}

/** Installs the contestants, builds this client, and generates the client of hey-api. */
async function prepare() {
  if (!existsSync(join(here, "node_modules"))) {
    say("Installing the contestants …");
    run(npm, ["ci", "--ignore-scripts"], here);
  }
  say("Building …");
  run(npm, ["run", "build"], root);
  const generated = join(here, "generated");
  rmSync(generated, { recursive: true, force: true });
  mkdirSync(generated);
  const source = join(generated, "hey-api");
  run(
    process.execPath,
    [
      bin("@hey-api/openapi-ts", "bin/index.cjs"),
      "-i",
      "../openapi/corrected.yaml",
      "-o",
      source,
      "-c",
      "@hey-api/client-fetch",
    ],
    here,
  );
  writeFileSync(
    join(generated, "entry.ts"),
    'export * from "./hey-api/index.ts";\nexport { createClient } from "./hey-api/client/index.ts";\n',
  );
  const { build } = await import("esbuild");
  const entryPoints = [join(generated, "entry.ts")];
  await build({
    entryPoints,
    bundle: true,
    format: "esm",
    platform: "node",
    outfile: join(generated, "hey-api.mjs"),
  });
}

function bin(name, path) {
  return join(here, "node_modules", ...name.split("/"), ...path.split("/"));
}

function run(command, args, cwd) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}\n${stderr}`);
}

async function startServer() {
  const child = spawn(...pin(1, process.execPath, [join(here, "server.mjs")]));
  const [port] = await once(child.stdout, "data");
  return { child, origin: `http://127.0.0.1:${Number(port)}` };
}

/** The stores that a ledger can be in, where this machine has them. */
async function startStores() {
  const { redisMissing, startRedisServer } = await load("redis-server.ts");
  const { postgresMissing, startPostgresServer } = await load("postgres-server.ts");
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const started = [{ name: "folder", url: folder, close: () => rmSync(folder, { recursive: true }) }];
  if (redisMissing === "") started.push({ name: "redisUrl", ...(await startRedisServer()) });
  if (postgresMissing === "") started.push({ name: "postgresUrl", ...(await startPostgresServer()) });
  return started;
}

/** The tests start the same servers. */
async function load(file) {
  const { tsImport } = await import("tsx/esm/api");
  return await tsImport(`../test/support/${file}`, import.meta.url);
}

/** The command on a core of its own, where there is a tool for that and a second core. */
function pin(core, command, args) {
  return hasTaskset() ? ["taskset", ["-c", String(core), command, ...args]] : [command, args];
}

function hasTaskset() {
  return cpus().length > 1 && spawnSync("taskset", ["--version"]).status === 0;
}

/** The binary of a version of Node, from its npm package for this platform. */
function nodeBinary(wanted) {
  if (wanted === undefined) return process.execPath;
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const folder = join(here, ".nodes", wanted);
  const binary = join(
    folder,
    "node_modules",
    name,
    "bin",
    process.platform === "win32" ? "node.exe" : "node",
  );
  if (!existsSync(binary)) {
    say(`Installing Node ${wanted} …`);
    mkdirSync(folder, { recursive: true });
    run(npm, ["install", "--prefix", folder, "--no-save", `${name}@${wanted}`], folder);
  }
  return binary;
}

function version(node) {
  return execFileSync(node, ["--version"], { encoding: "utf8" }).trim().slice(1);
}

/** Every contestant in a process of its own, all on one core, in turn: round by round they meet the same machine. */
async function measureCpu(node, isOursAlone) {
  const name = version(node);
  const contestants = new Map();
  const all = Object.keys(createContestants(server.origin, options.against));
  const isWanted = (row) =>
    (options.only?.includes(row) ?? true) &&
    (!isOursAlone || baselines.includes(row) || row.startsWith("this client"));
  for (const contestant of all.filter(isWanted)) {
    contestants.set(contestant, await startContestant(node, contestant));
  }
  // A list takes as long as several orders, and a sample must be long beside a garbage collection.
  const questions = { get: 1_000, post: 1_000, list: 250 };
  const results = {};
  // All of them before the first that counts: what they share is compiled once.
  for (const [operation, share] of Object.entries(questions)) {
    const requests = Math.ceil((options.warmUp * share) / 1_000);
    await warmUp(contestants, () => ({ operation, inFlight: 32, requests }));
  }
  for (const [operation, share] of Object.entries(questions)) {
    const requests = Math.round(share * (options.quick ? 0.4 : 1));
    const samples = await sample(contestants, () => ({ operation, inFlight: 32, requests }));
    results[operation] = summarise(samples, "raw undici");
    const { ratio, microseconds } = results[operation]["this client"];
    say(`Node ${name}: ${operation}: this client ${microseconds} µs, ${ratio} × raw undici`);
  }
  for (const child of contestants.values()) child.kill();
  return results;
}

/** CPU time of what the package's functions add, group by group, as a multiple of each group's first row. */
async function measureFunctions(node) {
  if (options.printed) return {};
  const servers = {
    origin: server.origin,
    ...Object.fromEntries(stores.map(({ name, url }) => [name, url])),
  };
  const results = {};
  for (const [group, rows] of Object.entries(createFunctions(servers))) {
    const children = new Map();
    for (const row of Object.keys(rows))
      children.set(row, await startChild(node, "function.mjs", [group, row, JSON.stringify(servers)]));
    const { requests, fewer = {} } = groups[group];
    const question = (row, times = 1) => {
      const count = Math.round((fewer[row] ?? requests) * (options.quick ? 0.4 : 1));
      return { operation: group, inFlight: 16, requests: times * count };
    };
    await warmUp(children, (row) => question(row, 3));
    const samples = await sample(children, (row) => question(row));
    const [first] = children.keys();
    results[group] = summarise(samples, first);
    for (const child of children.values()) child.kill();
    const ratios = Object.entries(results[group]).map(([row, { ratio }]) => `${row} ${ratio}`);
    say(`Node ${version(node)}: ${group}: ${ratios.join(", ")}`);
  }
  return results;
}

function startContestant(node, contestant) {
  const build = options.against ? [options.against] : [];
  return startChild(node, "client.mjs", [contestant, server.origin, ...build]);
}

async function startChild(node, file, args) {
  const child = spawn(...pin(0, node, [join(here, file), ...args]), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  await once(child, "message");
  return child;
}

/** V8 compiles what is called often, and in the background: what it takes for that isn't a call's. */
async function warmUp(children, questionFor) {
  for (const [name, child] of children) await ask(child, questionFor(name));
}

/** The CPU time that each child takes for the same, in microseconds, round by round. */
async function sample(children, questionFor) {
  const samples = Object.fromEntries([...children.keys()].map((name) => [name, []]));
  for (let round = 0; round < (options.quick ? 3 : 11); round++) {
    for (const [name, child] of children) samples[name].push(await ask(child, questionFor(name)));
  }
  return samples;
}

async function ask(child, question) {
  child.send(question);
  const [{ microseconds }] = await once(child, "message");
  return microseconds;
}

/** For each row the median CPU time, its spread, and the median of its ratios to the base, round by round. */
function summarise(samples, base) {
  return Object.fromEntries(
    Object.entries(samples).map(([name, list]) => {
      const ratios = list.map((value, round) => value / samples[base][round]);
      const [low, , high] = [0.25, 0.5, 0.75].map((share) => quantile(ratios, share));
      return [
        name,
        {
          microseconds: rounded(quantile(list, 0.5), 1),
          ratio: rounded(quantile(ratios, 0.5)),
          low: rounded(low),
          high: rounded(high),
        },
      ];
    }),
  );
}

/**
 * Several runs as one: of each figure the median, and as its spread the lowest and the highest run. What was measured in one of
 * them alone has no spread.
 */
function overRuns(runs) {
  const [first] = runs;
  if (options.runs === 1) return first;
  if (typeof first.ratio !== "number") {
    const measured = (key) => runs.map((run) => run[key]).filter((part) => part !== undefined);
    return Object.fromEntries(Object.keys(first).map((key) => [key, overRuns(measured(key))]));
  }
  const ratios = runs.map(({ ratio }) => ratio);
  if (runs.length === 1) return { microseconds: first.microseconds, ratio: first.ratio };
  return {
    microseconds: quantile(
      runs.map(({ microseconds }) => microseconds),
      0.5,
    ),
    ratio: quantile(ratios, 0.5),
    low: Math.min(...ratios),
    high: Math.max(...ratios),
  };
}

function quantile(list, share) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

function rounded(value, digits = 2) {
  return Number(value.toFixed(digits));
}

/** Milliseconds of whole processes, the empty one taken off. */
function measureColdStart(node) {
  say("Measuring cold starts …");
  const urls = `baseUrl:"${server.origin}/v1",tokenUrl:"${server.origin}/oauth2/token"`;
  const programs = {
    empty: "",
    "import this client": 'import "juniper-fulfillment"',
    "import openapi-fetch and oauth4webapi": 'import "openapi-fetch"; import "oauth4webapi"',
    "import undici": 'import "undici"',
    "import axios": 'import "axios"',
    "first response of this client": `import { createFulfillmentClient } from "juniper-fulfillment"; await createFulfillmentClient({clientId:"a",clientSecret:"b",${urls}}).GET("/orders/{orderId}",{params:{path:{orderId:"o"}}}); process.exit(0)`,
    "first response of raw undici": `import { request } from "undici"; await (await request("${server.origin}/v1/orders/o")).body.json(); process.exit(0)`,
  };
  const samples = Object.fromEntries(Object.keys(programs).map((name) => [name, []]));
  for (let round = 0; round < (options.quick ? 5 : 15); round++) {
    for (const [name, code] of Object.entries(programs)) {
      const [command, args] = pin(0, node, ["--input-type=module", "-e", code]);
      samples[name].push(time(() => execFileSync(command, args, { cwd: here })));
    }
  }
  const medians = Object.fromEntries(
    Object.entries(samples).map(([name, list]) => [name, quantile(list, 0.5)]),
  );
  return Object.fromEntries(
    Object.entries(medians).map(([name, ms]) => [
      name,
      rounded(name === "empty" ? ms : ms - medians.empty, 1),
    ]),
  );
}

function measureMemory() {
  const calls = options.quick ? 20_000 : 1_000_000;
  say(`Measuring memory over ${calls} calls …`);
  const [command, args] = pin(0, process.execPath, [
    "--expose-gc",
    join(here, "memory.mjs"),
    server.origin,
    String(calls),
  ]);
  const heap = JSON.parse(
    execFileSync(command, args, { cwd: here, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }),
  );
  return { calls, heapBytesAfterEachTenth: heap };
}

/** The web entry with everything used, as a bundler makes it for a browser: in all, and what is loaded at first. */
async function measureWebEntry() {
  const { build } = await import("esbuild");
  const contents = 'import * as everything from "juniper-fulfillment"; globalThis.everything = everything;';
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: here },
    ...{
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      conditions: ["browser", "production"],
    },
    ...{ splitting: true, outdir: "web", write: false, metafile: true, logLevel: "error" },
  });
  const size = (file) => gzipSync(file.contents, { level: 9 }).length;
  const entry = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint === "<stdin>");
  const atFirst = [
    "stdin.js",
    ...entry.imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => path),
  ];
  const isAtFirst = (file) => atFirst.some((path) => file.path.endsWith(path.split("/").at(-1)));
  const total = (files) => files.reduce((sum, file) => sum + size(file), 0);
  return { gzipped: total(outputFiles), gzippedAtFirst: total(outputFiles.filter(isAtFirst)) };
}

/** `tsc --noEmit` of a small consumer, with this client and with openapi-fetch on the bare schema. */
function measureTypeCheck() {
  say("Measuring type checks …");
  const programs = {
    "this client":
      'import { createFulfillmentClient } from "juniper-fulfillment";\nconst client = createFulfillmentClient({ accessToken: "t" });',
    "openapi-fetch":
      'import createClient from "openapi-fetch";\nimport type { paths } from "juniper-fulfillment";\nconst client = createClient<paths>();',
  };
  const results = {};
  for (const [name, head] of Object.entries(programs)) {
    const file = join(here, `consumer-${name.replace(/\W/g, "")}.mts`);
    writeFileSync(
      file,
      `${head}\nexport const { data } = await client.GET("/orders", { params: { query: { status: "SHIPPED" } } });\nexport const id = data?.orders?.[0]?.id;\n`,
    );
    const args = [
      bin("typescript", "bin/tsc"),
      "--noEmit",
      "--strict",
      "--skipLibCheck",
      "--module",
      "nodenext",
      "--target",
      "es2022",
      file,
    ];
    const list = Array.from({ length: 3 }, () => time(() => run(process.execPath, args, here)));
    results[name] = rounded(quantile(list, 0.5), 0);
    rmSync(file);
  }
  return results;
}

function time(action) {
  const startMs = performance.now();
  action();
  return performance.now() - startMs;
}

function intoReadme(text) {
  const path = join(here, "README.md");
  const readme = readFileSync(path, "utf8");
  const marked = /(<!-- bench -->\n)[\s\S]*?(\n<!-- \/bench -->)/;
  if (marked.test(readme))
    writeFileSync(
      path,
      readme.replace(marked, (_all, start, end) => `${start}${text}${end}`),
    );
}

function say(text) {
  console.error(text);
}

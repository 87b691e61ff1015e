/** What the results look like: tables in Markdown, and a chart. */
import { groups } from "./goals.mjs";

const operations = { get: "GET an order", post: "POST an order", list: "list of 100" };

/** Everything that was measured: the table, what isn't in it, and where. */
export function table(results) {
  const {
    cpu,
    machine,
    date,
    restDate = date,
    runs,
    coldStartMs,
    webEntryBytes,
    memory,
    typeCheckMs,
  } = results;
  const versions = Object.keys(cpu).map((version) => `Node ${version}`);
  return [
    cpuTable(results),
    "",
    functionTable(results),
    "",
    sentences(coldStartMs, webEntryBytes, memory, typeCheckMs),
    "",
    `Measured with \`npm run bench${runs > 1 ? ` -- --runs ${runs}` : ""}\` on ${versions.join(", ")}, ${machine}, ${date}${restDate === date ? "" : `, the paragraph above on ${restDate}`}. Machines are noisy: read ratios.`,
  ].join("\n");
}

/** CPU time per request as a multiple of raw undici's, at 32 in flight, on each version of Node. */
export function cpuTable({ cpu, pinned, runs }) {
  const versions = Object.keys(cpu);
  const columns = versions.flatMap((version) =>
    Object.keys(operations).map((operation) => ({ version, operation })),
  );
  const contestants = Object.keys(Object.values(cpu)[0].get);
  const heading = columns.map(
    ({ version, operation }) => `${operations[operation]}, Node ${version.split(".")[0]}`,
  );
  const rows = contestants.map((name) => {
    const cells = columns.map(({ version, operation }) => format(cpu[version][operation][name], runs));
    return `| ${name === "this client" ? "**this client**" : name} | ${cells.join(" | ")} |`;
  });
  return [
    `CPU time per request, as a multiple of raw \`undici.Pool.request\` with JSON, 32 in flight${pinned ? ", client and server on a core each" : ""}${ofRuns(runs)}${runs > 1 ? " (other libraries: one run)" : ""}:`,
    "",
    `| | ${heading.join(" | ")} |`,
    `|---|${columns.map(() => "---").join("|")}|`,
    ...rows,
  ].join("\n");
}

/** CPU time of the package's functions as a multiple of what they are made of, and the goal. */
function functionTable({ functions, runs }) {
  const versions = Object.keys(functions);
  const rows = Object.entries(functions[versions[0]]).flatMap(([group, results]) => {
    const [base, ...others] = Object.keys(results);
    return others.map((row) => {
      const cells = versions.map((version) => format(functions[version][group][row], runs));
      const what = row === group ? `\`${group}\`` : `\`${group}\`, ledger: ${row}`;
      return `| ${what}, beside ${base} | ${groups[group].goals[row].toFixed(1)} | ${cells.join(" | ")} |`;
    });
  });
  return [
    `What the functions add, as a multiple of the CPU time of what they are made of, 16 at a time${ofRuns(runs)}:`,
    "",
    `| | goal | ${versions.map((version) => `Node ${version.split(".")[0]}`).join(" | ")} |`,
    `|---|---|${versions.map(() => "---").join("|")}|`,
    ...rows,
  ].join("\n");
}

function ofRuns(runs) {
  return runs > 1 ? `, the median of ${runs} runs and in brackets the lowest and the highest` : "";
}

/** What is not in the tables. */
function sentences(coldStartMs, webEntryBytes, { calls, heapBytesAfterEachTenth }, typeCheckMs) {
  const base = coldStartMs["import openapi-fetch and oauth4webapi"];
  const kilobytes = (bytes) => `${(bytes / 1_000).toFixed(1)} kB`;
  const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MB`;
  const response = share(
    coldStartMs["first response of this client"],
    coldStartMs["first response of raw undici"],
  );
  const count = (number) => number.toLocaleString("en");
  return [
    `An import takes ${share(coldStartMs["import this client"], base)} × the time of openapi-fetch and oauth4webapi together; the first response, with`,
    `sign-in, ${response} × that of raw undici without. All of it is ${kilobytes(webEntryBytes.gzipped)} for browsers (min+gzip), of which`,
    `${kilobytes(webEntryBytes.gzippedAtFirst)} load at first. The heap is ${megabytes(heapBytesAfterEachTenth[1])} after ${count(calls / 5)} calls and ${megabytes(heapBytesAfterEachTenth.at(-1))} after ${count(calls)}. A`,
    `consumer's \`tsc\` takes ${share(typeCheckMs["this client"], typeCheckMs["openapi-fetch"])} × as long as with openapi-fetch alone.`,
  ].join("\n");
}

function share(a, b) {
  return (a / b).toFixed(2);
}

function format({ ratio, low, high }, runs) {
  const spread = runs > 1 && low !== high ? ` (${low.toFixed(2)}–${high.toFixed(2)})` : "";
  return `${ratio.toFixed(2)}${spread}`;
}

const width = 780;
const left = 250;
const barHeight = 16;

/** Bars for reading and placing an order, on the first version of Node, the shortest first. */
export function chart({ cpu, machine, date }) {
  const [version] = Object.keys(cpu);
  const get = cpu[version].get;
  const post = cpu[version].post;
  const names = Object.keys(get).sort((a, b) => get[a].ratio + post[a].ratio - get[b].ratio - post[b].ratio);
  const longest = Math.max(...names.flatMap((name) => [get[name].ratio, post[name].ratio]));
  const scale = (width - left - 70) / longest;
  const top = 74;
  const rowHeight = 2 * barHeight + 14;
  const height = top + names.length * rowHeight + 40;
  const rows = names.map((name, index) => {
    const y = top + index * rowHeight;
    const isOurs = name.startsWith("this client");
    const bar = (ratio, offset, color) => `
  <rect x="${left}" y="${y + offset}" width="${(ratio * scale).toFixed(1)}" height="${barHeight - 2}" rx="2" fill="${color}"/>
  <text x="${(left + ratio * scale + 6).toFixed(1)}" y="${y + offset + 11}" class="value">${ratio.toFixed(2)}</text>`;
    return `
  <text x="${left - 12}" y="${y + barHeight + 3}" text-anchor="end" class="${isOurs ? "ours" : "name"}">${name}</text>${bar(get[name].ratio, 0, isOurs ? "#1f6f54" : "#8a94a6")}${bar(post[name].ratio, barHeight, isOurs ? "#5fb48f" : "#c3cad6")}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="CPU time per request as a multiple of raw undici">
  <style>
    text { font-family: system-ui, sans-serif; font-size: 13px; fill: #1c2430; }
    .title { font-size: 16px; font-weight: 600; }
    .ours { font-weight: 700; }
    .value, .note { fill: #55606e; font-size: 12px; }
  </style>
  <rect width="${width}" height="${height}" fill="#ffffff"/>
  <text x="16" y="28" class="title">CPU time per request, as a multiple of raw undici (less is better)</text>
  <text x="16" y="50" class="note">upper bar: GET an order, lower bar: POST an order; 32 in flight, Node ${version}</text>${rows.join("")}
  <text x="16" y="${height - 14}" class="note">${machine}, ${date}</text>
</svg>
`;
}

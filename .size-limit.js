// What the package costs in a browser, minified and gzipped with its dependencies. A budget is the size of the day
// that it was set, rounded up: more than that has to be meant.
const measured = (name, imported, limit, { folder = "dist/browser", lazily = false } = {}) => ({
  name,
  path: `${folder}/index.js`,
  import: imported,
  limit,
  gzip: true,
  modifyEsbuildConfig: (config) => ({
    ...config,
    logLevel: "error",
    format: "esm",
    plugins: lazily ? [] : [atFirst],
  }),
});

/** Leaves out what a page loads only when it needs it. */
const atFirst = {
  name: "at first",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\./ }, ({ kind, path }) =>
      kind === "dynamic-import" ? { path, external: true } : undefined,
    ),
};

const client = "{ createFulfillmentClient, unwrap }";

export default [
  measured("the client, in production", client, "16.2 kB"),
  measured("the client in production, with all that it can load", client, "19.3 kB", { lazily: true }),
  measured("the client, complete", client, "22.7 kB", { folder: "dist" }),
  measured("everything, in production", "*", "45.6 kB"),
  measured("verifyWebhook, in production", "{ verifyWebhook }", "3.1 kB"),
];

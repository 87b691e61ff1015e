// What the package costs in a browser, minified and gzipped with its dependencies. A budget is the size of the day
// that it was set, rounded up: more than that has to be meant.
const measured = (name, imported, limit) => ({
  name: `${name}, for browsers`,
  path: "dist/index.js",
  import: imported,
  limit,
  gzip: true,
  modifyEsbuildConfig: (config) => ({ ...config, logLevel: "error" }),
});

export default [
  measured("everything", "*", "44.5 kB"),
  measured("the client", "{ createFulfillmentClient, unwrap }", "20.6 kB"),
  measured("verifyWebhook", "{ verifyWebhook }", "3.2 kB"),
];

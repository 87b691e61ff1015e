import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const inSource = (path: string): string => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: {
      "#transport": inSource("wrapper/transport/node.ts"),
      "juniper-fulfillment/otel": inSource("otel/index.ts"),
      "juniper-fulfillment/stores": inSource("stores/index.ts"),
      "juniper-fulfillment/testing": inSource("testing/index.ts"),
      "juniper-fulfillment": inSource("index.ts"),
    },
  },
  test: {
    globalSetup: "scripts/package/fresh-build.ts",
    include: ["test/**/*.test.ts"],
    exclude: ["test/site/**"],
    // They end what hangs. None is so short that a loaded machine could reach it: the slowest test takes minutes there.
    testTimeout: 900_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 180_000 } },
    unstubGlobals: true,
  },
});

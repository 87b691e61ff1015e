import { defineConfig } from "vitest/config";

/** `npm run test:site`: every page of the built site in a real browser. It takes minutes, so it is no part of `npm test`. */
export default defineConfig({
  test: {
    include: ["test/site/**/*.test.ts"],
    // Each of them builds with both cores.
    fileParallelism: false,
    env: { NODE_ENV: "production" },
    testTimeout: 900_000,
    hookTimeout: 600_000,
  },
});

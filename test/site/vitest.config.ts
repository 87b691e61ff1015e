import { defineConfig } from "vitest/config";

/** `npm run test:site`: every page of the built site in a real browser. It takes minutes, so it is no part of `npm test`. */
export default defineConfig({
  test: {
    include: ["test/site/**/*.test.ts"],
    globalSetup: "test/site/build-once.ts",
    maxWorkers: 2,
    env: { NODE_ENV: "production" },
    testTimeout: 900_000,
    hookTimeout: 1_200_000,
  },
});

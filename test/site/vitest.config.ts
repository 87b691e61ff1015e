import { defineConfig } from "vitest/config";

/** `npm run test:site`: the built site in a real browser. It takes a minute, so it is no part of `npm test`. */
export default defineConfig({
  test: {
    include: ["test/site/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});

/** Calls the route as Next.js does, with the API mocked. */
import { startMockServer } from "juniper-fulfillment/testing";

const mock = await startMockServer({ stateful: true });
Object.assign(process.env, {
  JUNIPER_CLIENT_ID: mock.clientOptions.clientId,
  JUNIPER_CLIENT_SECRET: mock.clientOptions.clientSecret,
  JUNIPER_BASE_URL: mock.baseUrl,
  JUNIPER_TOKEN_URL: mock.tokenUrl,
});
// It reads the environment when it is loaded.
const { POST } = await import("./route.ts");

for (const [what, checkoutId] of [
  ["an order", "checkout-1"],
  ["the same, clicked twice", "checkout-1"],
  ["an unknown checkout", "checkout-2"],
] as const) {
  const body = JSON.stringify({ checkoutId });
  const response = await POST(new Request("https://shop.example/api/orders", { method: "POST", body }));
  const { outcome, problem } = await response.json();
  console.log(`${what}: ${response.status} ${outcome ?? problem}`);
}
await mock.close();

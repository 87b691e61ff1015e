/** Calls the handler as Lambda does, with the API mocked. */
import { startMockServer } from "juniper-fulfillment/testing";

const mock = await startMockServer();
Object.assign(process.env, {
  JUNIPER_CLIENT_ID: mock.clientOptions.clientId,
  JUNIPER_CLIENT_SECRET: mock.clientOptions.clientSecret,
  JUNIPER_BASE_URL: mock.baseUrl,
  JUNIPER_TOKEN_URL: mock.tokenUrl,
});
// It reads the environment and warms up when it is loaded.
const { handler } = await import("./handler.ts");
console.log(`loaded: ${mock.requests.map(({ method, path }) => `${method} ${path}`).join(", ")}`);

const found = await handler({ pathParameters: { orderId: "2vSGym0bH8qVEwCIGlyFoRgJq1A" } });
console.log(`an order: ${found.statusCode} ${found.body}`);
const unclear = await handler({});
console.log(`no order: ${unclear.statusCode} ${unclear.body}`);
await mock.close();

/** Compiled and never run: what a CommonJS module that loads the package looks like. */
import juniper = require("juniper-fulfillment");

const client = juniper.createFulfillmentClient(juniper.fromEnv({}));

async function read(orderId: string): Promise<juniper.Order> {
  return juniper.unwrap(await client.GET("/orders/{orderId}", { params: { path: { orderId } } }));
}

export = read;

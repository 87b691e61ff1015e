// Loads the package as CommonJS does, signs in and reads: options as an argument, an order's type as the output.
const { createFulfillmentClient, unwrap } = require("juniper-fulfillment");

const client = createFulfillmentClient(JSON.parse(process.argv[2]));
client.GET("/orders").then((result) => console.log(unwrap(result).orders[0].orderType));

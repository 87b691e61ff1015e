/**
 * Compiled by `tsc` with `declaration`, never run. What a user's library exports without a type of its own has to have one
 * that a declaration can name.
 */
import * as juniper from "juniper-fulfillment";

declare const client: juniper.FulfillmentClient;
declare const order: juniper.OrderRequest;
declare const protocol: juniper.paths["/protocols"]["post"]["requestBody"]["content"]["application/json"];
declare const ledger: juniper.Ledger;

const params = { path: { orderId: "o", protocolId: "p", productId: 1 } };
export const listOrders = () => client.GET("/orders");
export const placeOrder = () => client.POST("/orders", { body: order });
export const readOrder = () => client.GET("/orders/{orderId}", { params });
export const cancel = () => client.POST("/orders/{orderId}/cancel", { params });
export const listProtocols = () => client.GET("/protocols");
export const createProtocol = () => client.POST("/protocols", { body: protocol });
export const readProtocol = () => client.GET("/protocols/{protocolId}", { params });
export const deleteProtocol = () => client.DELETE("/protocols/{protocolId}", { params });
export const listProducts = () => client.GET("/products");
export const readProduct = () => client.GET("/products/{productId}", { params });
export const listShippingMethods = () => client.GET("/shipping-methods");
export const readSettings = () => client.GET("/partners/settings");
export const changeSettings = () =>
  client.PATCH("/partners/settings", { body: { webhookUrl: "https://a.example" } });
export const readSecret = () => client.GET("/partners/settings/webhook-secret");
export const rotateSecret = () => client.POST("/partners/settings/rotate-webhook-secret");
export const secret = async () => juniper.unwrap(await readSecret());
export const asStream = () => client.GET("/orders", { parseAs: "stream" });
export const requested = () => client.request("get", "/partners/settings/webhook-secret");
export const { GET, POST, request, use, eject, warmup } = client;
export const create = () => juniper.createFulfillmentClient(juniper.fromEnv());
export const submit = () => juniper.submitOrder(client, order, { reference: "r" });
export const submitAll = () => juniper.submitOrders(client, []);
export const settle = () => juniper.settleOrder(client, { reference: "r", ledger, as: "not-placed" });
export const unsettled = () => juniper.listUnsettledOrders(ledger);
export const cancelled = () => juniper.cancelOrder(client, "o");
export const changes = () => juniper.orderChanges(client);
export const waited = () => juniper.waitForOrder(client, "o", { until: "SHIPPED" });
export const pages = () => juniper.paginate(client, "/orders").pages();
export const items = () => juniper.paginate(client, "/products");
export const updated = () => juniper.updatePartnerSettings(client, {});
export const handler = () => juniper.webhookHandler({ secret: "s", onEvent: () => {} });
export const verified = () => juniper.verifyWebhook({} as juniper.VerifyWebhookOptions);
export const signed = () => juniper.signWebhook({} as juniper.SignWebhookOptions);
export const tokens = () => juniper.createTokenSource({ clientId: "i", clientSecret: "s" });
export const signing = () => juniper.authMiddleware(tokens());
export const memory = () => juniper.memoryLedger();
export const logging = () => juniper.logCalls(console);
export const issues = (error: unknown) => juniper.describeIssues(error);
export const redacted = () => juniper.redact(order);
export const pino = () => juniper.pinoPaths;
export const listed = juniper.paginatedPaths;

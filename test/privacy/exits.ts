/** It is looked at: the tests note what came out there, and something has to. */
export const watched = true;

/** How what comes out at an exit is looked at: or why nothing has to be. */
export type Exits = Readonly<Record<string, typeof watched | string>>;

const given = "gives what it was asked for to whoever asks";

/** Every function that the package exports, by its entry. What comes out is what it throws, or what it makes. */
export const functions: Exits = {
  "index.authMiddleware": "passes on what the token source throws, which createTokenSource is watched for",
  "index.cancelOrder": watched,
  "index.createFulfillmentClient": watched,
  "index.createTokenSource": watched,
  "index.describeIssues": "says in sentences what the API said, to be shown to whoever sent the request",
  "index.fromEnv": watched,
  "index.isOneOf": given,
  "index.listUnsettledOrders": watched,
  "index.logCalls": watched,
  "index.matchStatus": given,
  "index.memoryLedger": watched,
  "index.orderChanges": watched,
  "index.paginate": watched,
  "index.pinoPaths": "is a list of paths of the document",
  "index.redact": watched,
  "index.settleOrder": watched,
  "index.signWebhook": given,
  "index.submitOrder": watched,
  "index.submitOrders": watched,
  "index.unwrap": watched,
  "index.updatePartnerSettings": watched,
  "index.verifyWebhook": watched,
  "index.waitForOrder": watched,
  "index.webhookHandler": watched,
  "stores/index.fileLedger": watched,
  "stores/index.redisStore":
    "keeps the strings that the other two keep: test/stores/contract.test.ts holds them to one contract",
  "stores/index.sqlLedger":
    "keeps the strings that the other two keep: test/stores/contract.test.ts holds them to one contract",
  "otel/index.instrumentFulfillment": watched,
  "testing/index.connectMock": "drives a mock, and has the errors of createMock",
  "testing/index.createMock": watched,
  "testing/index.startMockServer": "is createMock on a port",
};

/** Every hook of every option. */
export const hooks: Exits = {
  onCall: watched,
  onRequest: watched,
  onResponse: watched,
  onRetry: watched,
  onToken: watched,
  onStoreError: watched,
  onDiscrepancy: watched,
  onProgress: watched,
  onRateLimit: "gets two numbers",
  onLook: "gets numbers and times",
  onError: watched,
  onLedgerError: watched,
  onDifference: "gets the names of fields",
  onRefused: watched,
};

/** Every channel of `node:diagnostics_channel`. */
export const channels: Exits = { call: watched, attempt: watched, token: watched, submit: watched };

/** Every command. */
export const commands: Exits = {
  mock: "prints requests by method and template; its report is that of createMock",
  contract: watched,
  "orders check": watched,
  "orders submit": watched,
  "orders unsettled": watched,
  "orders settle": watched,
  "orders watch": "prints the status of an order: a word of the document",
  doctor: watched,
  trigger: "sends a sample of the document's, and no customer's",
  listen: "prints an order's id and status: test/cli/listen.test.ts",
  replay: "prints an event's id and status: test/cli/webhooks.test.ts",
};

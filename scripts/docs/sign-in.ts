/** What the page about signing in says that no document does. */
export const signInNotes = `The client signs in by itself. The first call requests a token, and all calls share it:

- However many calls wait, one token request is in flight.
- The token is renewed in the background from 75 % of its life. Calls wait for it in its last 30 seconds only.
- After a 401 the token is dropped, and the call is sent once more with a new one.
- Several processes share a token through \`tokenStore\`; providers often bill each token request.
- Rejected credentials end in an \`AuthenticationError\`.

With \`accessToken\` in place of the credentials, you bring a token of your own, or a function that gets one.`;

export const signInSample = `import { createFulfillmentClient, fromEnv } from "juniper-fulfillment";

// JUNIPER_CLIENT_ID, JUNIPER_CLIENT_SECRET and JUNIPER_ENVIRONMENT
const client = createFulfillmentClient(fromEnv());
// Optional: opens a connection and requests the token ahead of the first call.
await client.warmup();
`;

/** The secret goes to curl's standard input: its command line is visible to other users of the machine. */
export function signInCurl(address: string): string {
  return `curl '${address}' --data @- <<END
grant_type=client_credentials&client_id=$JUNIPER_CLIENT_ID&client_secret=$JUNIPER_CLIENT_SECRET
END
`;
}

export const webhookSample = `import { createFulfillmentClient, fromEnv, unwrap, webhookHandler } from "juniper-fulfillment";

const client = createFulfillmentClient(fromEnv());
// Verifies the signature, drops duplicates, and responds: (request: Request) => Promise<Response>
export const POST = webhookHandler({
  secret: async () => unwrap(await client.GET("/partners/settings/webhook-secret")).webhookSecret ?? "",
  onEvent: async ({ order }) => console.log(order.orderId, order.status),
});
`;

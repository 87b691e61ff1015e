import type { MockServer } from "juniper-fulfillment/testing";

/** The variables by which a program of its own process finds a mock. */
export function mockEnvironment({
  clientOptions,
}: Pick<MockServer, "clientOptions">): Record<string, string> {
  const { clientId, clientSecret, baseUrl, tokenUrl } = clientOptions;
  return {
    JUNIPER_CLIENT_ID: clientId,
    JUNIPER_CLIENT_SECRET: clientSecret,
    JUNIPER_BASE_URL: baseUrl,
    JUNIPER_TOKEN_URL: tokenUrl,
  };
}

import { type StatefulMockServer, startMockServer } from "juniper-fulfillment/testing";

/** A mock of the API, and the variables with which the command calls it. */
export interface CliApi {
  readonly mock: StatefulMockServer;
  readonly env: Record<string, string>;
  /** The requests but for those of tokens, as `GET /v1/products`. */
  calls(): string[];
  close(): Promise<void>;
}

export async function startCliApi(): Promise<CliApi> {
  const mock = await startMockServer({ stateful: true });
  return {
    mock,
    env: {
      JUNIPER_CLIENT_ID: mock.clientOptions.clientId,
      JUNIPER_CLIENT_SECRET: mock.clientOptions.clientSecret,
      JUNIPER_BASE_URL: mock.baseUrl,
      JUNIPER_TOKEN_URL: mock.tokenUrl,
      JUNIPER_ENVIRONMENT: "",
    },
    calls: () =>
      mock.requests
        .filter(({ path }) => path !== "/oauth2/token")
        .map(({ method, path }) => `${method} ${path}`),
    close: () => mock.close(),
  };
}

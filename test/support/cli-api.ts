import { type StatefulMockServer, startMockServer } from "juniper-fulfillment/testing";
import { mockEnvironment } from "./mock-environment.ts";

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
      ...mockEnvironment(mock),
      JUNIPER_ENVIRONMENT: "",
    },
    calls: () =>
      mock.requests
        .filter(({ path }) => path !== "/oauth2/token")
        .map(({ method, path }) => `${method} ${path}`),
    close: () => mock.close(),
  };
}

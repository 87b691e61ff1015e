export {
  type MockServer,
  type MockServerOptions,
  type RecordedRequest,
  startMockServer,
} from "./mock-server.ts";

import { BodyStream } from "./body-stream.ts";
import type { Exchange } from "./exchange.ts";
import { withProvenance } from "./provenance.ts";
import { reasonPhrase } from "./reason-phrase.ts";

/** A response whose body is read on demand, and what looks after the body. */
export interface LimitedResponse {
  readonly response: Response;
  readonly stream: BodyStream;
}

/** The response with its own body, within the limits of the call. */
export async function limitBody(
  exchange: Exchange,
  response: Response,
  controller: AbortController,
): Promise<LimitedResponse> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const cancel = (): void => {
    controller.abort();
    reader.cancel().catch(() => {});
  };
  const head = (): Response => withBody(response, null);
  const read = (): void => {
    reader.read().then(
      ({ done, value }) => (done ? body.close() : void body.push(value)),
      (error) => body.fail(error),
    );
  };
  const body: BodyStream = new BodyStream(exchange, { resume: read, cancel, head });
  return { response: withBody(response, body.readable), stream: body };
}

/** The response as it is without its body. */
export async function withoutBody(response: Response): Promise<Response> {
  return withBody(response, null);
}

/** The same response with another body. */
function withBody(response: Response, body: ReadableStream<Uint8Array> | null): Response {
  const { status, headers } = response;
  const copy = new Response(body, { status, statusText: reasonPhrase(response.statusText), headers });
  return withProvenance(copy, response);
}

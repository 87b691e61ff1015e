import { webhookHandler } from "juniper-fulfillment";
import { onEvent } from "./on-event.ts";

const handle = webhookHandler({ secret: () => process.env.JUNIPER_WEBHOOK_SECRET ?? "", onEvent });

/** For runtimes that call `fetch`: Bun, Deno (`deno serve`), Workers. */
export default {
  fetch(request: Request): Response | Promise<Response> {
    const { pathname } = new URL(request.url);
    return pathname === "/webhooks" ? handle(request) : new Response(null, { status: 404 });
  },
};

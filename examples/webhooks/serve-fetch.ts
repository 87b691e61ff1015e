import { serve } from "@hono/node-server";
import handler from "./fetch.ts";

serve({ fetch: handler.fetch, port: Number(process.env.PORT ?? 3000) });

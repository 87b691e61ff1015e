import { type Context, createContextKey } from "@opentelemetry/api";

const templateKey = createContextKey("juniper-fulfillment.url.template");

/** The context in which a request of this template is made. */
export function inRequestOf(template: string, context: Context): Context {
  return context.setValue(templateKey, template);
}

/** The same context for what is no request of the API. */
export function outsideRequests(context: Context): Context {
  return context.deleteValue(templateKey);
}

/** The template of the request that is made in this context, if it is one of the API. */
export function templateIn(context: Context): string | undefined {
  return context.getValue(templateKey) as string | undefined;
}

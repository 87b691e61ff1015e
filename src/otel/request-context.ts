import { type Context, createContextKey } from "@opentelemetry/api";

const templateKey = createContextKey("juniper-fulfillment.url.template");

const outside = Symbol("outside");

/** The hosts that calls go to. */
const hosts = new Set<string>();

/** The context in which a request of this template is made, to this host. */
export function inRequestOf(template: string, host: string | undefined, context: Context): Context {
  if (host !== undefined) hosts.add(host);
  return context.setValue(templateKey, template);
}

/** The same context for what is no request of the API. */
export function outsideRequests(context: Context): Context {
  return context.setValue(templateKey, outside);
}

/**
 * The template of a request, if it is one of the API. A request that has waited for a connection comes in the context of
 * that connection, which may be another call's, or nobody's: then its template is undefined, and its host tells.
 */
export function templateOf(
  origin: string,
  pathname: string,
  context: Context,
): { readonly template: string | undefined } | undefined {
  const template = context.getValue(templateKey);
  if (template === outside) return undefined;
  if (typeof template === "string" && fits(template, pathname)) return { template };
  const isOurs = template !== undefined || (URL.canParse(origin) && hosts.has(new URL(origin).host));
  return isOurs ? { template: undefined } : undefined;
}

/** Whether a path ends as the template says. What stands before is the path of the base URL. */
function fits(template: string, pathname: string): boolean {
  if (!template.startsWith("/")) return true;
  const wanted = template.split("/").slice(1);
  const segments = pathname.split("/").slice(-wanted.length);
  return (
    segments.length === wanted.length &&
    wanted.every((segment, index) => segment.startsWith("{") || segment === segments[index])
  );
}

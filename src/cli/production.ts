import { environments } from "../wrapper/environment.ts";

/**
 * Whether a URL is that of the production API or of its token endpoint, however it is spelled: `https:api.…`,
 * `API%2e…` and a trailing dot lead to the same host. A gateway is told by the token URL that goes with it.
 */
export function isProductionUrl(url: string | undefined): boolean {
  if (url === undefined || !URL.canParse(url)) return false;
  return Object.values(environments.production).some((known) => hostOf(known) === hostOf(url));
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/\.+$/, "");
}

import { environmentAt } from "../wrapper/environment.ts";

/**
 * Whether a URL is that of the production API or of its token endpoint, however it is spelled. A gateway is told by the
 * token URL that goes with it.
 */
export function isProductionUrl(url: string | undefined): boolean {
  return url !== undefined && URL.canParse(url) && environmentAt(url) === "production";
}

import { hasStrayBlanks } from "./stray-blanks.ts";

/** Whether a driver can read the address of a server. Its own error may hold the password. */
export function isServerAddress(url: string): boolean {
  if (hasStrayBlanks(url)) return false;
  // A socket of this machine.
  if (url.startsWith("/")) return true;
  // Without its slashes it has neither a host nor a user: what was meant by them would be taken for a path.
  if (!/^[a-z]+:\/\//i.test(url) || !URL.canParse(url)) return false;
  const { protocol, username, password, pathname, hash } = new URL(url);
  if (hash !== "") return false;
  if (/^rediss?:$/.test(protocol) && !/^\/?\d{0,9}$/.test(pathname)) return false;
  try {
    for (const part of [username, password, pathname]) decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

/** What to do about one that is none. */
export const addressHint: string =
  "Write redis://HOST/NUMBER or postgres://HOST/DATABASE without a blank or a line break, and percent-encode special characters in its user and password " +
  "(# as %23).";

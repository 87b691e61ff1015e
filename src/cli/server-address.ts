/** Whether a driver can read the address of a server. Its own error may hold the password. */
export function isServerAddress(url: string): boolean {
  // A socket of this machine.
  if (url.startsWith("/")) return true;
  if (!URL.canParse(url)) return false;
  const { username, password, pathname, hash } = new URL(url);
  if (hash !== "") return false;
  try {
    for (const part of [username, password, pathname]) decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

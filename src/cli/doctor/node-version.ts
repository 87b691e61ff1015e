import type { Finding } from "./finding.ts";

/** The oldest Node that the package runs on, as `engines` in its package.json says. */
const oldestNode = [20, 19] as const;

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isOldEnough = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  if (isOldEnough) return { check: "Node", level: "ok", message: version };
  return {
    check: "Node",
    level: "error",
    message: `${version} is too old.`,
    hint: `Install Node ${oldestNode.join(".")} or later.`,
  };
}

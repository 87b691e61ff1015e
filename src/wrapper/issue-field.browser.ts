import type { Issue } from "./error-body.ts";

export { fieldOf } from "./issue-field.ts";

/** No field is named in a message, for which the names of all fields would be needed. `describeIssues` names them. */
export function knownFields(_call: object, issues: readonly Issue[]): string[] {
  return issues.map(() => "");
}

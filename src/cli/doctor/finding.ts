/** One thing that was looked at. No message holds a secret, a token or an address's password. */
export interface Finding {
  readonly check: string;
  readonly level: "ok" | "warning" | "error";
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
}

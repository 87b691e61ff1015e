import { UsageError } from "./command.ts";

/** @throws {UsageError} for anything but a whole number within the bounds. */
export function parseWhole(name: string, value: string, least: number, most: number): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= least && number <= most) return number;
  throw new UsageError(`--${name} must be a whole number from ${least} to ${most}.`);
}

/** @throws {UsageError} for anything but an http or https URL. The message never holds the URL. */
export function parseUrl(name: string, value: string | undefined): URL {
  const url = value !== undefined && URL.canParse(value) ? new URL(value) : undefined;
  if (url !== undefined && (url.username !== "" || url.password !== "")) {
    throw new UsageError(`--${name} must not contain a user or a password.`);
  }
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw new UsageError(`--${name} must be a URL, such as http://localhost:3000/webhooks.`);
}

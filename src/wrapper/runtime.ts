/** The globals by which a runtime is recognised. None of them is a name that it gives itself for the sake of a page. */
interface Globals {
  readonly process?: { readonly type?: unknown; readonly versions?: { readonly node?: unknown } };
  readonly Bun?: unknown;
  readonly Deno?: {
    readonly env?: { get(name: string): string | undefined };
    readonly permissions?: { querySync(query: object): { readonly state: string } };
  };
  readonly EdgeRuntime?: unknown;
  readonly WebSocketPair?: unknown;
}

/** Whether this is Deno, whose fetch sends a POST again unless its body is a Blob. */
export function isDeno({ Deno }: Globals = globalThis as Globals): boolean {
  return Deno !== undefined;
}

export function isBun({ Bun }: Globals = globalThis as Globals): boolean {
  return Bun !== undefined;
}

/** A variable of Deno's environment. Empty elsewhere, and where the program may not read it: asking would stop it. */
export function readDenoEnvironment(name: string, { Deno }: Globals = globalThis as Globals): string {
  const isGranted = Deno?.permissions?.querySync({ name: "env", variable: name }).state === "granted";
  return (isGranted && Deno?.env?.get(name)) || "";
}

/**
 * Whether the runtime's own fetch may send a POST again behind our back, when a reused connection breaks after the
 * request was read. RFC 9110, section 9.2.2, forbids that, but browsers do it, and no option of fetch stops them.
 *
 * Node, Bun and workerd send each POST once, and so does Deno when the body is a Blob: `npm run test:runtimes`
 * counts them. A runtime that isn't known here counts as a browser.
 */
export function mayRepeatPosts(globals: Globals = globalThis as Globals): boolean {
  const { process, EdgeRuntime, WebSocketPair } = globals;
  // Bundlers bring a `process` of their own. Electron's windows have Node's, and Chromium's fetch.
  const isNode =
    String(process) === "[object process]" &&
    typeof process?.versions?.node === "string" &&
    process.type !== "renderer" &&
    process.type !== "worker";
  // Only workerd has a WebSocketPair, and only Vercel's edge runtime an EdgeRuntime.
  const isWorker = WebSocketPair !== undefined || typeof EdgeRuntime === "string";
  return !(isNode || isWorker || isBun(globals) || isDeno(globals));
}

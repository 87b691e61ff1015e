import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execute } from "../package/execute.ts";
import { installLocked } from "../package/install.ts";
import { RunningProgram } from "./running-program.ts";

/** A package of its own, for the registry's 327 packages are used by nothing else. */
const registryFolder: string = fileURLToPath(new URL("registry", import.meta.url));

/** An npm registry on this machine that holds nothing. */
export interface Registry {
  /** With the slash at its end. */
  readonly url: string;
  /** What makes npm use it, whatever else is configured, with an empty cache. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Starts one that takes `ownPackage` from whoever publishes it, and has all others from the registry that npm uses here. */
export async function startRegistry(ownPackage: string): Promise<Registry> {
  await installLocked(registryFolder);
  const folder = await mkdtemp(join(tmpdir(), "registry-"));
  const [upstream, cafile, proxy, httpsProxy] = await Promise.all(
    ["registry", "cafile", "proxy", "https-proxy"].map(npmSetting),
  );
  const settings = {
    storage: join(folder, "storage"),
    auth: { htpasswd: { file: join(folder, "htpasswd") } },
    uplinks: { upstream: { url: upstream } },
    packages: {
      [ownPackage]: { access: "$all", publish: "$all" },
      "**": { access: "$all", proxy: "upstream" },
    },
    ...(proxy && { http_proxy: proxy }),
    ...(httpsProxy && { https_proxy: httpsProxy }),
    web: { enable: false },
    log: { type: "file", path: join(folder, "log"), level: "warn" },
  };
  const config = join(folder, "config.yaml");
  await writeFile(config, JSON.stringify(settings)); // JSON is YAML.
  const program = await RunningProgram.start([process.execPath, join(registryFolder, "serve.mjs"), config], {
    cwd: registryFolder,
    env: { ...definedEnvironment(), NODE_NO_WARNINGS: "1", ...(cafile && { NODE_EXTRA_CA_CERTS: cafile }) },
    output: join(folder, "output"),
  });
  const [port] = await program.waitForLines(1);
  const url = `http://127.0.0.1:${port}/`;
  const userconfig = join(folder, "npmrc");
  // npm wants to sign in before it publishes. The registry asks nobody who they are.
  await writeFile(userconfig, `registry=${url}\n${url.replace("http:", "")}:_authToken=nobody\n`);
  return {
    url,
    env: {
      // In the environment it wins over every file.
      npm_config_registry: url,
      npm_config_userconfig: userconfig,
      npm_config_cache: join(folder, "cache"),
      npm_config_noproxy: "127.0.0.1",
      // `npm run --silent` hands its silence on.
      npm_config_loglevel: "notice",
      npm_config_audit: "false",
      npm_config_fund: "false",
    },
    stop: async () => {
      await program.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A setting of npm on this machine, or undefined. */
async function npmSetting(name: string): Promise<string | undefined> {
  const { stdout } = await execute("npm", ["config", "get", name], registryFolder);
  const value = stdout.trim();
  return value === "" || value === "null" || value === "undefined" ? undefined : value;
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

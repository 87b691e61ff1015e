import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * The licences of the packages that files of `node_modules` belong to, as their authors wrote them.
 *
 * @throws when a package has none: what may not be passed on must not be bundled.
 */
export async function licencesOf(files: readonly string[]): Promise<string> {
  const folders = new Set<string>();
  for (const file of files) {
    const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? [];
    if (folder !== undefined) folders.add(folder);
  }
  const texts: string[] = [];
  for (const folder of [...folders].sort()) {
    const { name, version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const licence = (await readdir(folder)).find((entry) => /^licen[cs]e(\.(md|txt))?$/i.test(entry));
    if (licence === undefined) throw new Error(`${name} has no licence file: it can't be bundled.`);
    texts.push(`${name} ${version}\n\n${(await readFile(join(folder, licence), "utf8")).trim()}\n`);
  }
  return `These files hold code of other packages.\n\n${texts.join(`\n${"-".repeat(80)}\n\n`)}`;
}

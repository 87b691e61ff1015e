import type { UserConfig } from "vitepress";

type VitePlugin = Exclude<
  NonNullable<NonNullable<UserConfig["vite"]>["plugins"]>[number],
  false | null | undefined | readonly unknown[] | Promise<unknown>
>;

/** What VitePress's search dialog says of itself to a screen reader, and what it is: a dialog with a box of suggestions. */
const changes: readonly (readonly [from: string, to: string])[] = [
  [
    `role="button"
      :aria-owns="results?.length ? 'localsearch-list' : undefined"
      aria-expanded="true"
      aria-haspopup="listbox"
      aria-labelledby="localsearch-label"
      class="VPLocalSearchBox"`,
    'role="dialog" aria-modal="true" :aria-label="buttonText" class="VPLocalSearchBox"',
  ],
  ['aria-labelledby="localsearch-label"', ':aria-label="buttonText"'],
  [
    `:aria-labelledby="results?.length ? 'localsearch-label' : undefined"`,
    ':aria-label="results?.length ? buttonText : undefined"',
  ],
  [
    'aria-autocomplete="both"',
    'role="combobox" :aria-expanded="results?.length ? \'true\' : \'false\'" aria-autocomplete="list"',
  ],
  [
    `:id="'localsearch-item-' + index"
            :aria-selected="selectedIndex === index ? 'true' : 'false'"
            role="option"`,
    'role="presentation"',
  ],
  [
    `:aria-label="[...p.titles, p.title].join(' > ')"`,
    `:id="'localsearch-item-' + index" role="option" :aria-selected="selectedIndex === index ? 'true' : 'false'"`,
  ],
  ['<span class="title-icon">', '<span class="title-icon" aria-hidden="true">'],
  ["<kbd :aria-label=", '<kbd role="img" :aria-label='],
];

/**
 * Corrects the roles in VitePress's search dialog while it is compiled: it calls itself a button that holds controls, and
 * each of its suggestions an option that holds a link.
 *
 * @throws {Error} for another release of VitePress whose dialog reads otherwise.
 */
export const accessibleSearchDialog: VitePlugin = {
  name: "accessible-search-dialog",
  enforce: "pre",
  transform(code, id) {
    if (!id.endsWith("/VPLocalSearchBox.vue")) return undefined;
    return changes.reduce((text, [from, to]) => {
      if (!text.includes(from)) throw new Error(`VitePress's search dialog no longer has: ${from}`);
      return text.replaceAll(from, to);
    }, code);
  },
};

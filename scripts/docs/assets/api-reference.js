// Shows the document of the page with Redoc, in the colours that the reader's system asks for.

const dark = matchMedia("(prefers-color-scheme: dark)");
// Redoc computes shades from its colours when it starts, so it can't take CSS variables.
const colors = dark.matches
  ? { text: "#e3e8ee", muted: "#a9b4c0", page: "#14191f", panel: "#1b222a", line: "#36414d", link: "#7fd1ae" }
  : {
      text: "#1c2430",
      muted: "#55606e",
      page: "#ffffff",
      panel: "#f5f7f9",
      line: "#d5dbe2",
      link: "#1a6149",
    };
const codeFont = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace";
const textFont = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

const theme = {
  colors: {
    primary: { main: colors.link },
    success: { main: dark.matches ? "#5fc49a" : "#1a6149" },
    error: { main: dark.matches ? "#ff8f8f" : "#b3261e" },
    text: { primary: colors.text, secondary: colors.muted },
    border: { dark: colors.line, light: colors.line },
    responses: {
      success: { color: dark.matches ? "#7fd1ae" : "#1a6149", backgroundColor: colors.panel },
      error: { color: dark.matches ? "#ff9d9d" : "#a3221a", backgroundColor: colors.panel },
    },
  },
  schema: {
    linesColor: colors.line,
    nestedBackground: colors.panel,
    typeNameColor: colors.muted,
    typeTitleColor: colors.muted,
    requireLabelColor: dark.matches ? "#ff9d9d" : "#a3221a",
  },
  typography: {
    fontSize: "16px",
    fontFamily: textFont,
    headings: { fontFamily: textFont, fontWeight: "600" },
    links: { color: colors.link, visited: colors.link, hover: colors.link, textDecoration: "underline" },
    code: {
      fontFamily: codeFont,
      fontSize: "14px",
      color: colors.text,
      backgroundColor: colors.panel,
      wrap: true,
    },
  },
  sidebar: { backgroundColor: colors.panel, textColor: colors.text, activeTextColor: colors.link },
  rightPanel: { backgroundColor: "#1b222a", textColor: "#e3e8ee" },
  codeBlock: { backgroundColor: "#11161b" },
};

Redoc.init(
  JSON.parse(document.getElementById("document").textContent),
  {
    theme,
    // The descriptions are the vendor's.
    sanitize: true,
    expandResponses: "200,201",
    hideDownloadButtons: true,
    hideHostname: true,
    nativeScrollbars: true,
    pathInMiddlePanel: true,
    // Samples of this client come first.
    payloadSampleIdx: 9,
    requiredPropsFirst: true,
    schemaDefinitionsTagName: "Schemas",
  },
  document.getElementById("reference"),
  (error) => {
    if (error) throw error;
  },
);

// Redoc draws samples anew when a tab is chosen, and the menu when it unfolds.
const reference = document.getElementById("reference");
const makeAccessible = () => {
  // What scrolls must be reachable with the keyboard.
  for (const sample of reference.querySelectorAll("pre:not([tabindex])")) sample.tabIndex = 0;
  // An entry's label leaves out what stands in it. Without one, it is called by all of that.
  for (const entry of reference.querySelectorAll('[role="menuitem"][aria-label]')) {
    entry.removeAttribute("aria-label");
  }
};
new MutationObserver(makeAccessible).observe(reference, { childList: true, subtree: true });

dark.addEventListener("change", () => location.reload());

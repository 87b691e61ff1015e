// TypeDoc's script builds the navigation. A module there is a link within the summary of its <details>, which a
// keyboard's user can't tell from the summary: the link becomes the first entry of what unfolds.

const navigation = document.getElementById("tsd-nav-container");

const unnestLinks = () => {
  for (const link of navigation.querySelectorAll("summary a")) {
    const summary = link.closest("summary");
    const list = summary.nextElementSibling?.querySelector("ul") ?? summary.nextElementSibling;
    if (list === null) continue;
    const label = document.createElement("span");
    label.append(...[...link.childNodes].map((node) => node.cloneNode(true)));
    link.replaceWith(label);
    link.textContent = "Overview";
    const entry = document.createElement("li");
    entry.append(link);
    list.prepend(entry);
  }
};

if (navigation) new MutationObserver(unnestLinks).observe(navigation, { childList: true, subtree: true });

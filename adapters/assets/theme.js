// Light or dark: as the system says, until the reader chooses.

const KEY = "payoutd.theme";
const NEXT = { "": "light", light: "dark", dark: "" };
const WORDS = { "": "Theme: system", light: "Theme: light", dark: "Theme: dark" };

export function start(button) {
  const apply = (theme) => {
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    button.textContent = { "": "\u25d0", light: "\u2600", dark: "\u263e" }[theme];
    button.title = WORDS[theme];
    button.setAttribute("aria-label", WORDS[theme]);
  };
  let theme = localStorage.getItem(KEY) ?? "";
  if (!(theme in NEXT)) theme = "";
  apply(theme);
  button.addEventListener("click", () => {
    theme = NEXT[theme];
    localStorage.setItem(KEY, theme);
    apply(theme);
  });
}

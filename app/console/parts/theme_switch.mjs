// Light or dark: the system's choice, until somebody chooses here.
import { html, useEffect, useState } from "../ui.mjs";
import { Icon } from "./icon.mjs";

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);

export function ThemeSwitch() {
  const [dark, draw] = useState(isDark);
  useEffect(() => {
    const follow = () => draw(isDark());
    system.addEventListener("change", follow);
    return () => system.removeEventListener("change", follow);
  }, []);
  const turn = () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("plivo-connector.theme", root.dataset.theme);
    } catch {
      // Then it holds until the page is left.
    }
    draw(isDark());
  };
  const label = dark ? "Light theme" : "Dark theme";
  return html`<button type="button" class="quiet round" title=${label} aria-label=${label} onClick=${turn}>
    <${Icon} name=${dark ? "sun" : "moon"} />
  </button>`;
}

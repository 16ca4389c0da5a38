// The shell: what is around every view.
import { load, manifest } from "./manifest.mjs";
import { Account } from "./parts/account.mjs";
import { Icon } from "./parts/icon.mjs";
import { Failed, Loading } from "./parts/states.mjs";
import { ThemeSwitch } from "./parts/theme_switch.mjs";
import { route } from "./router.mjs";
import { meet, service } from "./session.mjs";
import { useStore } from "./store.mjs";
import { classes, html, render, useEffect, useRef, useState } from "./ui.mjs";

const VIEWS = [
  { name: "blocks", label: "Blocks", icon: "blocks", from: () => import("./views/blocks.mjs") },
  { name: "sandbox", label: "Sandbox", icon: "live", from: () => import("./views/sandbox.mjs"), isSandbox: true },
  { name: "events", label: "Events", icon: "events", from: () => import("./views/events.mjs") },
  { name: "history", label: "History", icon: "history", from: () => import("./views/history.mjs") },
];

function Console() {
  const { path } = useStore(route);
  const { ready, sandbox } = useStore(service);
  const known = useStore(manifest);
  // What the bar holds depends on the service: it is drawn once that is known, so that nothing moves.
  const isMet = ready || known?.problem;
  const current = VIEWS.find(({ name }) => name === path[0]) ?? VIEWS[0];
  return html`
    <a class="skip" href="#main" onClick=${toMain}>Skip to the content</a>
    <header class="bar">
      <a class="brand" href="#/"><img src="/console/icon.svg" alt="" width="24" height="24" />Plivo connector</a>
      ${isMet &&
      html`<nav class="places" aria-label="Console">
          ${VIEWS.filter((view) => !view.isSandbox || sandbox).map(
            (view) => html`<a href=${`#/${view.name}`} aria-current=${view === current ? "page" : null}>
              <${Icon} name=${view.icon} />${view.label}</a>`,
          )}
        </nav>
        ${ready && html`<span class=${classes("mode", sandbox ? "is-sandbox" : "is-live")}>${sandbox ? "Sandbox" : "Live"}</span>`}
        <${Account} />
        <${ThemeSwitch} />`}
    </header>
    <main id="main" tabindex="-1">
      ${known?.problem
        ? html`<${Failed} says=${known.problem} again=${load} />`
        : known && ready
          ? html`<${View} key=${current.name} view=${current} path=${path} />`
          : html`<${Loading} />`}
    </main>
  `;
}

function toMain(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}

function View({ view, path }) {
  const [Shown, show] = useState(null);
  const [problem, tell] = useState("");
  const isOpen = useRef(true);
  const fetchView = () =>
    view.from().then(
      (module) => isOpen.current && show(() => module.default),
      () => isOpen.current && tell("This view could not be fetched. Is the connector still running?"),
    );
  useEffect(() => {
    document.title = `${view.label} · Plivo connector`;
    fetchView();
    return () => (isOpen.current = false);
  }, []);
  if (problem) return html`<${Failed} says=${problem} again=${() => location.reload()} />`;
  return Shown ? html`<${Shown} path=${path.slice(1)} />` : html`<${Loading} />`;
}

const root = document.getElementById("console");
root.replaceChildren();
render(html`<${Console} />`, root);
load();
meet().catch(() => manifest.set({ problem: "The connector does not answer." }));

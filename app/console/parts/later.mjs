// A part that is fetched when it is first shown: what few need is not waited for by all.
import { html, useEffect, useState } from "../ui.mjs";
import { Failed, Loading } from "./states.mjs";

/** @param load returns the promise of the module, which has the part under its name */
export const later = (load, name) =>
  function Later(props) {
    const [Shown, show] = useState(null);
    const [hasFailed, fail] = useState(false);
    useEffect(() => void load().then((module) => show(() => module[name]), () => fail(true)), []);
    if (hasFailed) return html`<${Failed} says="This part could not be fetched. Is the connector still running?" again=${() => location.reload()} />`;
    return Shown ? html`<${Shown} ...${props} />` : html`<${Loading} />`;
  };

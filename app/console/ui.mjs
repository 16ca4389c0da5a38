// What every part draws with: htm bound to Preact, and the hooks.
import { h, render, Fragment } from "./vendor/preact.mjs";
import htm from "./vendor/htm.mjs";

export * from "./vendor/hooks.mjs";
export { Fragment, render };
export const html = htm.bind(h);

/** Join the names of classes that apply. */
export const classes = (...names) => names.filter(Boolean).join(" ");

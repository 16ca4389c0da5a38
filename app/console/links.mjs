// Links to a block's form with what it holds: written and read in one place. Secrets and files are in none.
import { secretNames } from "./args.mjs";
import { to } from "./router.mjs";

/** The link to a form; no secret may be among the args. */
export function formLink(block, args) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(args)) query.set(name, typeof value === "string" ? value : JSON.stringify(value));
  return to("blocks", block) + (query.size ? `?${query}` : "");
}

/** What a link says that the form of a block shall hold. */
export function valuesIn(block, query) {
  const secret = secretNames(block);
  const known = new Map(block.args.map((arg) => [arg.name, arg]));
  const values = {};
  for (const [name, text] of query) {
    if (!known.has(name) || secret.has(name)) continue;
    values[name] = known.get(name).type !== "String" && /^[[{]|^(true|false)$/.test(text) ? plain(text) : text;
  }
  return values;
}

function plain(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

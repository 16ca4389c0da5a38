// Where the page is: the part of the address after #, which no server ever sees.
import { Store } from "./store.mjs";

/** {path: ["blocks", "sendMessage"], query: URLSearchParams} */
export const route = new Store(read());

function read() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  return { path: path.split("/").filter(Boolean).map(plain), query: new URLSearchParams(query) };
}

function plain(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

addEventListener("hashchange", () => route.set(read()));

export const to = (...path) => "#/" + path.map(encodeURIComponent).join("/");

export function go(...path) {
  location.hash = to(...path);
}

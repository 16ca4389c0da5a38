// A value that parts of the page share: whoever uses it is drawn again when it changes.
import { useEffect, useState } from "./ui.mjs";

export class Store {
  #listeners = new Set();

  constructor(value) {
    this.value = value;
  }

  set(value) {
    this.value = value;
    for (const tell of [...this.#listeners]) tell(value);
  }

  listen(tell) {
    this.#listeners.add(tell);
    return () => this.#listeners.delete(tell);
  }
}

export function useStore(store) {
  const [, draw] = useState(0);
  useEffect(() => store.listen(() => draw((count) => count + 1)), [store]);
  return store.value;
}

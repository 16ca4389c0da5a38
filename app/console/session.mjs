// Who is asking: credentials live in this tab alone, and travel in the Authorization header, never in an address.
import { Store, useStore } from "./store.mjs";

const KEPT = "plivo-connector.credentials";
export const SANDBOX = { authId: "MASANDBOX00000000000", authToken: "sandbox" };

/** {authId, authToken}, both empty while nobody typed any. */
export const credentials = new Store(kept());

/** {ready, sandbox}: what /readyz says. */
export const service = new Store({ ready: false, sandbox: false });

function kept() {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEPT));
    if (typeof found?.authId === "string" && typeof found?.authToken === "string") return found;
  } catch {
    // What cannot be read is as good as nothing.
  }
  return { authId: "", authToken: "" };
}

export function useCredentials(given) {
  credentials.set(given);
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(given));
  } catch {
    // Then they live as long as the page.
  }
}

export function forgetCredentials() {
  credentials.set(service.value.sandbox ? SANDBOX : { authId: "", authToken: "" });
  try {
    sessionStorage.removeItem(KEPT);
  } catch {
    // Nothing was kept.
  }
}

export async function meet() {
  const { sandbox } = await (await fetch("/readyz")).json();
  service.set({ ready: true, sandbox });
  if (sandbox && !credentials.value.authId) credentials.set(SANDBOX);
}

/** The header for whoever is signed in; nothing while nobody is. */
export function authorization() {
  const { authId, authToken } = credentials.value;
  if (!authId || !authToken) return {};
  const bytes = new TextEncoder().encode(`${authId}:${authToken}`);
  return { Authorization: "Basic " + btoa(String.fromCharCode(...bytes)) };
}

/** Whether requests can be made: the sandbox lets everybody in, the real Plivo wants an account. */
export function useAccount() {
  const { authId, authToken } = useStore(credentials);
  const { sandbox } = useStore(service);
  return { authId, sandbox, isSignedIn: Boolean(authId && authToken) };
}

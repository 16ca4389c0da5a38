// Who is asking: typed once, for all blocks.
import { SANDBOX, credentials, forgetCredentials, useAccount, useCredentials } from "../session.mjs";
import { html, useState } from "../ui.mjs";
import { Dialog } from "./dialog.mjs";
import { Icon } from "./icon.mjs";

export function Account() {
  const [isOpen, open] = useState(false);
  const { authId, isSignedIn } = useAccount();
  return html`
    <button type="button" class="account" onClick=${() => open(true)}>
      <${Icon} name="user" /><span>${isSignedIn ? authId : "Credentials"}</span>
    </button>
    ${isOpen && html`<${Credentials} close=${() => open(false)} />`}
  `;
}

export function Credentials({ close }) {
  const { sandbox } = useAccount();
  const [given, type] = useState(credentials.value);
  const [problem, tell] = useState("");
  const set = (name) => (event) => type({ ...given, [name]: event.currentTarget.value.trim() });
  const save = (event) => {
    event.preventDefault();
    if (!/^[A-Za-z0-9]{1,64}$/.test(given.authId)) return tell("The Auth ID is letters and digits, up to 64 of them.");
    if (!given.authToken) return tell("The Auth Token is missing.");
    useCredentials(given);
    close();
  };
  return html`<${Dialog} title="Credentials" close=${close}>
    <form onSubmit=${save} class="stack">
      <p>
        ${sandbox
          ? html`Everything is sent to the embedded sandbox. Its main account is <code>${SANDBOX.authId}</code> with the
              token <code>${SANDBOX.authToken}</code>; subaccounts that you create there work too.`
          : html`The Auth ID and the Auth Token of your Plivo account, from the first page of the Plivo console.`}
        ${" "}They stay in this tab and are gone when it is closed.
      </p>
      <label class="field">
        <span class="label">Auth ID</span>
        <input name="authId" value=${given.authId} onInput=${set("authId")} autocomplete="off" spellcheck=${false} />
      </label>
      <label class="field">
        <span class="label">Auth Token</span>
        <input name="authToken" type="password" value=${given.authToken} onInput=${set("authToken")} autocomplete="off" />
      </label>
      ${problem && html`<p class="problem" role="alert">${problem}</p>`}
      <div class="row wrap end">
        <button
          type="button"
          class="quiet"
          onClick=${() => {
            forgetCredentials();
            close();
          }}
        >
          ${sandbox ? "Use the sandbox's" : "Forget them"}
        </button>
        <button class="main">Use these</button>
      </div>
    </form>
  <//>`;
}

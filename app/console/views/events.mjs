// What Plivo sent: subscriptions, their events as they come, and how each was delivered.
import { call } from "../api.mjs";
import { formLink } from "../links.mjs";
import { EventList } from "../parts/event_list.mjs";
import { Icon } from "../parts/icon.mjs";
import { Empty, Failed, Loading } from "../parts/states.mjs";
import { to } from "../router.mjs";
import { useAccount } from "../session.mjs";
import { classes, html, useEffect, useState } from "../ui.mjs";

export default function Events({ path }) {
  const { isSignedIn, authId } = useAccount();
  const [found, know] = useState(null);
  const [id] = path;
  const look = () => call("getSubscriptions", {}).then(know);
  useEffect(() => {
    if (isSignedIn) look();
  }, [authId, id]);
  if (!isSignedIn) return html`<${Empty} icon="user" title="Whose events?"><p>Type your credentials, at the top right: events belong to an account.</p><//>`;
  if (!found) return html`<${Loading} />`;
  if (!found.ok) return html`<${Failed} says=${found.reply?.hint ?? found.reply?.status_msg} again=${look} />`;
  const subscriptions = found.reply.objects;
  if (!subscriptions.length) return html`<${NoSubscriptions} />`;
  const chosen = subscriptions.find((each) => each.subscription_id === id) ?? (id ? null : subscriptions[0]);
  return html`<div class=${classes("split", id ? "has-choice" : "is-list")}>
    ${!id && html`<h1 class="narrow">Subscriptions</h1>`}
    <aside class="finder" aria-label="Subscriptions">
      <div class="search"><a class="button" href="#/blocks/createSubscription"><${Icon} name="plus" />New subscription</a></div>
      <nav aria-label="Subscriptions"><ul>
        ${subscriptions.map(
          (each) => html`<li key=${each.subscription_id}>
            <a href=${to("events", each.subscription_id)} aria-current=${each === chosen ? "page" : null}>
              <span>${each.url ?? "Polled, delivered nowhere"}</span>
              <code>${each.subscription_id}</code>
            </a>
          </li>`,
        )}
      </ul></nav>
    </aside>
    <div class="content">
      ${id && html`<a class="back" href="#/events"><${Icon} name="back" />All subscriptions</a>`}
      ${chosen
        ? html`<${Subscription} key=${chosen.subscription_id} subscription=${chosen} />`
        : html`<${Empty} icon="events" title="There is no such subscription"><p>It was deleted, or belongs to another account.</p><//>`}
    </div>
  </div>`;
}

const NoSubscriptions = () => html`<${Empty} icon="events" title="No subscriptions yet">
  <p>
    A subscription takes what Plivo sends, checks its signature, keeps it, and delivers it in order to an address of
    yours, or keeps it for you to fetch.
  </p>
  <a class="button" href="#/blocks/createSubscription">Create a subscription</a>
<//>`;

const STATES = { active: "is-good", ended: "is-bad", disabled: "is-bad" };

function Subscription({ subscription }) {
  const { subscription_id: id, state, reason, url, events, ordered, format, failing_since, attached } = subscription;
  return html`<article class="block">
    <header class="title">
      <div class="row wrap">
        <h1>${url ? "Delivered to an address" : "Kept to be fetched"}</h1>
        <span class=${classes("state", STATES[state] ?? "is-waiting")}>${state}</span>
      </div>
      <dl class="facts">
        ${url && html`<div><dt>Address</dt><dd>${url}</dd></div>`}
        <div><dt>Plivo calls</dt><dd>${subscription.events_url}</dd></div>
        <div><dt>Events</dt><dd>${events.join(", ") || "all"}</dd></div>
        <div><dt>Order</dt><dd>${ordered ? "kept for each call and message" : "not kept"}</dd></div>
        <div><dt>Format</dt><dd>${format}</dd></div>
        ${attached && html`<div><dt>Attached to</dt><dd>${attached.number ?? `application ${attached.app_id}`}</dd></div>`}
      </dl>
      ${reason && html`<p class="callout is-danger">${reason}</p>`}
      ${failing_since && html`<p class="callout is-danger">Deliveries have failed since ${new Date(failing_since).toLocaleString()}.</p>`}
      <div class="row wrap">
        <a class="button" href=${formLink("updateSubscription", { subscriptionId: id })}>Change</a>
        <a class="button" href=${formLink("rotateSubscriptionSecret", { subscriptionId: id })}>New secret</a>
        <a class="button" href=${formLink("deleteSubscription", { subscriptionId: id })}>Delete</a>
      </div>
    </header>
    <${EventList} subscription=${id} isDelivered=${Boolean(url)} />
  </article>`;
}

// Times and amounts, as people read them.
import { html } from "../ui.mjs";

const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false };
const short = new Intl.DateTimeFormat([], CLOCK);
const dated = new Intl.DateTimeFormat([], { ...CLOCK, day: "numeric", month: "short" });
const exact = new Intl.DateTimeFormat([], { ...CLOCK, fractionalSecondDigits: 3 });
const whole = new Intl.DateTimeFormat([], { dateStyle: "medium", timeStyle: "long" });

const moment = (at) => new Date(at.replace(" ", "T"));

/** A time of the day, with the date where that is another one than today; all of it is told to who points at it. */
export function Time({ at, isExact }) {
  const time = moment(at);
  const usual = time.toDateString() === new Date().toDateString() ? short : dated;
  return html`<time datetime=${at.replace(" ", "T")} title=${whole.format(time)}>${(isExact ? exact : usual).format(time)}</time>`;
}

/** Seconds as 0:07, or 1:02:03. */
export function duration(seconds) {
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, "0"));
  const hours = Math.floor(seconds / 3600);
  return hours ? `${hours}:${parts.join(":")}` : `${Number(parts[0])}:${parts[1]}`;
}

/** Seconds as 3 d 2 h, or 90 s. */
export function span(seconds) {
  const parts = [];
  for (const [size, unit] of [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]]) {
    const count = Math.floor(seconds / size);
    seconds -= count * size;
    if (count) parts.push(`${count} ${unit}`);
  }
  return parts.join(" ") || "0 s";
}

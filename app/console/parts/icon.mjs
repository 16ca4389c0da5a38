// Icons: strokes on a 20 × 20 grid, in the colour of the text.
import { html } from "../ui.mjs";

const PATHS = {
  blocks: "M3 3h6v6H3zM11 3h6v6h-6zM3 11h6v6H3zM11 14h6M14 11v6",
  live: "M2 10h4l2-6 4 12 2-6h4",
  events: "M10 3a5 5 0 0 1 5 5c0 4 2 5 2 6H3c0-1 2-2 2-6a5 5 0 0 1 5-5zM8 17h4",
  history: "M3 10a7 7 0 1 0 2-5L3 7M3 3v4h4M10 6v4l3 2",
  search: "M9 3a6 6 0 1 0 0 12A6 6 0 0 0 9 3zM14 14l4 4",
  close: "M5 5l10 10M15 5L5 15",
  plus: "M10 4v12M4 10h12",
  up: "M5 12l5-5 5 5",
  down: "M5 8l5 5 5-5",
  copy: "M7 7h9v9H7zM4 13V4h9",
  check: "M4 10l4 4 8-9",
  sun: "M10 6a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM10 1v2M10 17v2M1 10h2M17 10h2M4 4l1 1M15 15l1 1M16 4l-1 1M5 15l-1 1",
  moon: "M16 12A7 7 0 0 1 8 4a7 7 0 1 0 8 8z",
  user: "M10 3a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM3 17c1-4 4-5 7-5s6 1 7 5",
  send: "M3 10l14-6-5 13-3-5z",
  link: "M8 12l4-4M7 9l-2 2a3 3 0 0 0 4 4l2-2M13 11l2-2a3 3 0 0 0-4-4L9 7",
  phone: "M5 3l3 1 1 4-2 1c1 2 2 3 4 4l1-2 4 1 1 3c-1 2-3 2-5 1C8 14 6 12 4 8 3 6 3 4 5 3z",
  message: "M3 4h14v10H9l-4 3v-3H3z",
  back: "M12 4l-6 6 6 6",
  upload: "M10 13V3M6 7l4-4 4 4M3 13v4h14v-4",
  download: "M10 3v10M6 9l4 4 4-4M3 13v4h14v-4",
  warning: "M10 3l8 14H2zM10 8v4M10 14.5v.5",
  again: "M16 10a6 6 0 1 1-2-4.5L16 8M16 4v4h-4",
};

export const Icon = ({ name }) => html`
  <svg class="icon" viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
    <path d=${PATHS[name]} fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" />
  </svg>
`;

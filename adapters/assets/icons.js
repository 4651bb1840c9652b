// Small drawings, of lines in the colour of the text around them.

import { s } from "./dom.js";

const PATHS = {
  overview: ["M4 12l8-7 8 7", "M6 10.5V19h12v-8.5"],
  payouts: ["M3 7h18v11H3z", "M3 11h18", "M7 15h4"],
  sellers: ["M4 9l1.5-4h13L20 9", "M4 9v10h16V9", "M4 9h16", "M9 19v-5h6v5"],
  letters: ["M3 6h18v12H3z", "M3 7l9 6 9-6"],
  health: ["M3 12h4l2.5-6 4.5 12 2.5-6H21"],
  transactions: ["M4 8h14l-3-3", "M20 16H6l3 3"],
  alerts: ["M6 17V11a6 6 0 0112 0v6", "M4 17h16", "M10 20h4"],
  command: ["M5 7l5 5-5 5", "M12 17h7"],
  webhook: ["M12 4v12", "M7 11l5 5 5-5", "M5 20h14"],
  event: ["M6 12l4 4 8-9"],
  cross: ["M7 7l10 10", "M17 7L7 17"],
  empty: ["M5 4h10l4 4v12H5z", "M15 4v4h4", "M9 13h6", "M9 16h4"],
};

/** A drawing by its name; it says nothing that the text beside it does not. */
export function icon(name) {
  const paths = PATHS[name].map((d) => s("path", { d }));
  return s("svg", {
    viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": 1.8,
    "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true",
  }, paths);
}

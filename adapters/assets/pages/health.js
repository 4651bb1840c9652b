// How good the service is, why, and what to do about it.

import { get } from "../api.js";
import { advice, h } from "../dom.js";
import { follow } from "../live.js";
import { empty, gauge, loads, sheet, top } from "../parts.js";
import { capital } from "../words.js";

const MOODS = { good: "good", fair: "warn", poor: "bad" };
const WORDS = { good: "All is well", fair: "It works, and something needs a look", poor: "Something is wrong" };

function show({ signal }) {
  const place = h("div", { class: "stack" });
  const again = loads(place, signal, () => get("/v1/machine/health", signal).catch(calm), all);
  follow(["readings", "alert", "reset"], signal, again);
  return [top("Health", "One figure for how the service is, and what it is made of."), place];
}

function calm(problem) {
  if (problem.status === 404) return null;
  throw problem;
}

function all(health) {
  if (!health) return sheet(null, null, empty("No score", "This service does not work out how it is. GET /readyz tells whether it can work."));
  const { score, status, reasons, recommendations } = health;
  return [
    sheet(null, null, h("div", { class: "gauge" }, gauge(score, MOODS[status]),
      h("div", null, h("h2", null, WORDS[status] ?? status),
        h("p", { class: "soft" }, reasons.length ? "What it costs points is below." : "Nothing costs it a point.")))),
    h("div", { class: "columns" },
      sheet("Why", null, reasons.length === 0 ? h("p", { class: "soft" }, "Nothing is wrong.")
        : h("ul", { class: "list" }, reasons.map((it) => h("li", null,
          h("div", { class: "head whole" }, h("b", null, capital(it.reason)),
            h("span", { class: "end pill", "data-mood": "warn" }, `\u2212${Math.abs(it.points)}`)))))),
      sheet("What to do", null, recommendations.length === 0 ? h("p", { class: "soft" }, "Nothing.")
        : h("ul", { class: "list" }, recommendations.map((it) => h("li", null,
          h("b", null, it.title), h("p", { class: "soft small" }, advice(capital(it.detail)))))))),
  ];
}

export default { show };

// Alerts: what is firing, and what was.

import { address, get } from "../api.js";
import { h } from "../dom.js";
import { filters } from "../filters.js";
import { ago, span, time } from "../format.js";
import { follow } from "../live.js";
import { empty, loads, pill, sheet, top } from "../parts.js";
import { capital, sentence, word } from "../words.js";

const FIELDS = [
  { name: "level", label: "Level, and worse", options: [["CRITICAL", "Critical"], ["ERROR", "Error"], ["WARNING", "Warning"], ["INFO", "Info"]] },
  { name: "state", label: "State", options: [["firing", "Firing"], ["resolved", "Resolved"]] },
];

/** Where to look at what an alert is about. */
const PLACES = {
  "dead-letters": "#/dead-letters",
  "payout-in-doubt": "#/payouts?status=in_doubt",
};

export function alertList(alerts) {
  return h("ul", { class: "list" }, alerts.map((it) => h("li", null,
    h("div", { class: "head" }, pill("level", it.resolved_at ? "resolved" : it.level), headline(it),
      h("span", { class: "end soft small" }, it.resolved_at ? time(it.fired_at) : ago(it.fired_at))),
    h("p", null, capital(it.message)),
    h("p", { class: "soft small" }, it.subject, it.resolved_at && ended(it)))));
}

function headline({ alert }) {
  const text = sentence(alert);
  return h("b", null, PLACES[alert] ? h("a", { href: PLACES[alert] }, text) : text);
}

function ended({ level, fired_at: fired, resolved_at: resolved }) {
  const lasted = span((new Date(resolved) - new Date(fired)) / 1000);
  return [` · ${word("level", level)[0].toLowerCase()} for ${lasted}, until `, ago(resolved)];
}

function show({ query, signal }) {
  const place = h("section", { class: "sheet", "aria-label": "Alerts" });
  const wanted = { level: query.level, state: query.state, limit: 100 };
  const ask = () => get(address("/v1/alerts", wanted), signal).catch((problem) => {
    if (problem.status === 404) return null;
    throw problem;
  });
  const again = loads(place, signal, ask, (found) => {
    if (!found) return empty("No alerts here", "This service does not watch for them.");
    if (found.alerts.length === 0) return empty("All quiet", "No alert is like that.");
    return alertList(found.alerts);
  });
  follow(["alert", "readings", "reset"], signal, again);
  return [top("Alerts", "What the service noticed about itself and the books."),
    filters("/alerts", query, FIELDS, "Filter alerts"), place];
}

export default { show, filtered: true };

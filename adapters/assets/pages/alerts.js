// Alerts: what is firing, and what was.

import { address, get } from "../api.js";
import { h } from "../dom.js";
import { filters } from "../filters.js";
import { ago, plural, time } from "../format.js";
import { follow } from "../live.js";
import { empty, loads, pill, sheet, top } from "../parts.js";
import { sentence } from "../words.js";

const FIELDS = [
  { name: "level", label: "Level, and worse", options: [["CRITICAL", "Critical"], ["ERROR", "Error"], ["WARNING", "Warning"], ["INFO", "Info"]] },
  { name: "state", label: "State", options: [["firing", "Firing"], ["resolved", "Resolved"]] },
];

export function alertList(alerts) {
  return h("ul", { class: "list" }, alerts.map((it) => h("li", null,
    h("div", { class: "head" }, pill("level", it.level), h("b", null, sentence(it.alert)),
      h("span", { class: "end soft small" }, it.state === "firing" ? ago(it.fired_at) : time(it.fired_at))),
    h("p", null, it.message),
    h("p", { class: "soft small" }, [it.subject && it.subject !== it.alert && it.subject,
      it.count > 1 && plural(it.count, "time"), it.resolved_at && "over"].filter(Boolean).join(" · "),
    it.resolved_at && [" ", ago(it.resolved_at)]))));
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

// Stripe's events that could not be applied, and those that wait.

import { h } from "../dom.js";
import { filters } from "../filters.js";
import { id, time } from "../format.js";
import { list } from "../list.js";
import { pill, top } from "../parts.js";
import { sentence } from "../words.js";

const FIELDS = [
  { name: "outcome", label: "Which", options: [["dead", "Dead"], ["parked", "Waiting"]] },
  { name: "type", label: "Type", hint: "payout.paid" },
  { name: "reason", label: "Reason" },
  { name: "object", label: "About", hint: "payout/po_…" },
  { name: "since", label: "Came from", type: "moment" },
  { name: "until", label: "Came before", type: "moment" },
];

/** Where a letter is shown. */
export function place(row) {
  return `#/dead-letters/${encodeURIComponent(row.event_id)}?hash=${row.body_hash}`;
}

function show({ query, signal }) {
  const wanted = Object.fromEntries(FIELDS.map(({ name }) => [name, query[name]]));
  const rows = list({
    path: "/v1/dead-letters",
    parameters: wanted,
    columns: [
      { name: "Event", cell: (row) => id(row.event_id) },
      { name: "Type", cell: (row) => row.event_type ?? "–" },
      { name: "About", cell: (row) => id(row.object) },
      { name: "Outcome", cell: (row) => pill("outcome", row.outcome) },
      { name: "Reason", cell: (row) => row.reason && sentence(row.reason) },
      { name: "Behind it", end: true, cell: (row) => String(row.waiting) },
      { name: "Came", end: true, cell: (row) => time(row.received_at) },
    ],
    key: (row) => `${row.event_id} ${row.body_hash}`,
    href: place,
    one: "event",
    caption: "Events that could not be applied",
    nothing: [query.outcome === "parked" ? "Nothing waits" : "No dead letter",
      "Every event of Stripe's that came was applied, or is of no concern to the books."],
  }, signal);
  return [
    top("Dead letters", "Stripe's events that could not be applied, oldest first. They are kept byte for byte; "
      + "later events of the same object wait behind them."),
    filters("/dead-letters", query, FIELDS, "Filter dead letters"),
    rows.place,
  ];
}

export default { show, filtered: true };

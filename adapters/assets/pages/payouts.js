// Payouts, the newest first.

import { h } from "../dom.js";
import { filters } from "../filters.js";
import { id, money, name, time } from "../format.js";
import { copies, list } from "../list.js";
import { pill, top } from "../parts.js";
import { go } from "../router.js";
import { PAYOUT } from "../words.js";

const statuses = Object.entries(PAYOUT).map(([name, [text]]) => [name, text]);
const FIELDS = [
  { name: "status", label: "Status", options: statuses },
  { name: "seller", label: "Seller" },
  { name: "currency", label: "Currency", hint: "usd" },
  { name: "payout", label: "Payout", hint: "UUID or po_…" },
  { name: "since", label: "Requested from", type: "moment" },
  { name: "until", label: "Requested before", type: "moment" },
];
export const COLUMNS = [
  { name: "Payout", cell: (row) => id(row.payout_id) },
  { name: "Seller", gives: true, cell: (row) => name(row.seller_id) },
  { name: "Status", cell: (row) => pill("payout", row.status) },
  { name: "Amount", end: true, cell: (row) => money(row.amount) },
  { name: "Requested", end: true, cell: (row) => time(row.requested_at) },
];
const MORE = [
  ...COLUMNS.slice(0, 4),
  { name: "Items", extra: true, end: true, cell: (row) => String(row.item_count) },
  { name: "At Stripe", extra: true, cell: (row) => id(row.stripe_payout_id) },
  COLUMNS[4],
];

function show({ query, signal }) {
  // Stripe's own id leads to the payout itself.
  if (query.payout?.startsWith("po_")) {
    go(`/payouts/${encodeURIComponent(query.payout)}`);
    return top("Payouts");
  }
  const wanted = Object.fromEntries(FIELDS.map(({ name }) => [name, query[name]]));
  if (wanted.currency) wanted.currency = wanted.currency.toLowerCase();
  const isFiltered = Object.values(wanted).some(Boolean);
  const rows = list({
    path: "/v1/payouts",
    parameters: { ...wanted, order: "newest" },
    columns: MORE,
    key: (row) => row.payout_id,
    href: (row) => `#/payouts/${row.payout_id}`,
    one: "payout",
    caption: "Payouts, the newest first",
    nothing: isFiltered
      ? ["No payout is like that", "Loosen a filter, or clear them all."]
      : ["No payout yet", "The first one that is requested, or made at Stripe, shows here by itself."],
  }, signal);
  return [
    top("Payouts", null, h("span", { class: "soft small" }, "Keep as"),
      copies("/v1/payouts", { ...wanted, order: "newest" }, "payouts")),
    filters("/payouts", query, FIELDS, "Filter payouts"),
    rows.place,
  ];
}

export default { show, filtered: true };

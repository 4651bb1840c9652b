// What each seller is owed, in each currency.

import { h } from "../dom.js";
import { filters } from "../filters.js";
import { money, name, time } from "../format.js";
import { copies, list } from "../list.js";
import { top } from "../parts.js";

const FIELDS = [
  { name: "seller", label: "Seller" },
  { name: "currency", label: "Currency", hint: "usd" },
];
export const MONEY = [
  { name: "Available", end: true, cell: (row) => money(row.available) },
  { name: "Pending", end: true, cell: (row) => money(row.pending) },
  { name: "On the way", end: true, cell: (row) => money(row.reserved) },
  { name: "Paid out", end: true, cell: (row) => money(row.paid_out) },
  { name: "Last change", end: true, cell: (row) => time(row.updated_at) },
];

function show({ query, signal }) {
  const wanted = { seller: query.seller, currency: query.currency?.toLowerCase() };
  const rows = list({
    path: "/v1/balances",
    parameters: wanted,
    columns: [{ name: "Seller", gives: true, cell: (row) => name(row.seller_id) }, ...MONEY],
    key: (row) => `${row.seller_id} ${row.currency}`,
    href: (row) => `#/sellers/${encodeURIComponent(row.seller_id)}`,
    one: "balance",
    caption: "Balances by seller and currency",
    nothing: ["No balance", query.seller || query.currency
      ? "No seller is like that." : "The first sale that is recorded makes one."],
  }, signal);
  return [
    top("Sellers and balances", "One row for each seller and currency.",
      h("span", { class: "soft small" }, "Keep as"), copies("/v1/balances", wanted, "balances")),
    filters("/sellers", query, FIELDS, "Filter balances"),
    rows.place,
  ];
}

export default { show, filtered: true };

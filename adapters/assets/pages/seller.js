// A seller: balances, open transactions, payouts, and the statement of the last month.

import { address, get } from "../api.js";
import { h } from "../dom.js";
import { bankDay, id, money, time } from "../format.js";
import { list } from "../list.js";
import { follow } from "../live.js";
import { empty, facts, flush, loads, pill, sheet, top, trail } from "../parts.js";
import { table } from "../table.js";
import { schedule, sentence } from "../words.js";
import { COLUMNS } from "./payouts.js";
import { MONEY } from "./sellers.js";

const OPEN = ["available", "held", "pending"];
const MONTH = 31 * 86_400_000;

function show({ params, signal }) {
  const seller = params.id;
  const ask = (path, more) => get(address(path, { seller, ...more }), signal);
  const balances = h("div");
  const open = h("div");
  const statement = h("div");
  const again = [
    loads(balances, signal, () => Promise.all([ask("/v1/sellers"), ask("/v1/balances")]), standing),
    loads(open, signal, async () => {
      const pages = await Promise.all(OPEN.map((status) => ask("/v1/transactions", { status, limit: 100 })));
      return { rows: pages.flatMap((page) => page.rows), more: pages.some((page) => page.next_cursor) };
    }, transactions),
    loads(statement, signal, () => {
      const since = new Date(Date.now() - MONTH).toISOString();
      return get(address(`/v1/sellers/${encodeURIComponent(seller)}/statement`, { since }), signal);
    }, movements),
  ];
  follow(["committed", "reset"], signal, () => again.forEach((load) => load()), 1200);
  const payouts = list({
    path: "/v1/payouts",
    parameters: { seller, order: "newest" },
    columns: COLUMNS.filter((column) => column.name !== "Seller"),
    key: (row) => row.payout_id,
    href: (row) => `#/payouts/${row.payout_id}`,
    one: "payout",
    caption: "Payouts of the seller",
    nothing: ["No payout yet", "What is available can be paid out by request-payout."],
  }, signal);
  return [trail("#/sellers", "Sellers and balances"), top(seller), balances, open,
    h("h2", null, "Payouts"), payouts.place, statement];
}

function standing([{ rows: [seller] }, { rows }]) {
  const about = seller
    ? facts(["Stripe account", id(seller.stripe_account, true)], ["Payouts", schedule(seller.payout_schedule)],
      ["At least", seller.minimum_payout ? money(seller.minimum_payout) : "Any amount"], ["Registered", time(seller.registered_at)])
    : h("p", { class: "soft" }, "Nobody registered this seller: Stripe named it.");
  return h("div", { class: "stack" }, sheet(null, null, about),
    rows.length > 0 && flush("Balances", null, table([
      { name: "Currency", cell: (row) => h("b", null, row.currency.toUpperCase()) }, ...MONEY,
    ], rows, { caption: "Balances" })));
}

function transactions({ rows, more }) {
  if (rows.length === 0) {
    return sheet("Open transactions", null, h("p", { class: "soft" }, "None: everything is paid out, or on the way."));
  }
  return flush("Open transactions", more ? "the first 100 of each status" : "not paid out yet", table([
    { name: "Transaction", cell: (row) => h("span", { class: "id" }, row.transaction_id) },
    { name: "Kind", cell: (row) => sentence(row.kind) },
    { name: "Status", cell: (row) => [pill("transaction", row.status), " ",
      row.blocked && h("span", { class: "pill", "data-mood": "bad" }, "Disputed")] },
    { name: "Gross", end: true, cell: (row) => money(row.gross) },
    { name: "Fee", end: true, cell: (row) => money(row.fee) },
    { name: "Net", end: true, cell: (row) => money(row.net) },
    { name: "Available on", end: true, cell: (row) => bankDay(row.available_on) },
  ], rows, { caption: "Open transactions" }));
}

function movements({ rows }) {
  const moved = rows.filter((row) => row.line === "movement").reverse();
  if (moved.length === 0) {
    return sheet("Statement", "the last 31 days", empty("Nothing moved", "No sale, refund or payout in this time."));
  }
  return flush("Statement", "the last 31 days, the newest first", table([
    { name: "When", cell: (row) => time(row.recorded_at) },
    { name: "What", cell: (row) => sentence(row.what) },
    { name: "Of", cell: (row) => (row.payout_id
      ? h("a", { href: `#/payouts/${row.payout_id}` }, id(row.payout_id))
      : id(row.transaction_id)) },
    { name: "Amount", end: true, cell: (row) => money(row.amount) },
    { name: "To available", end: true, cell: (row) => money(row.available) },
    { name: "Owed then", end: true, cell: (row) => money(row.owed) },
  ], moved, { caption: "Statement" }));
}

export default { show };

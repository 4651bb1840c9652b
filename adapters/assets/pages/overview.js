// The few figures that matter, what is wrong, and the last payouts.

import { address, get } from "../api.js";
import { h, put } from "../dom.js";
import { ago, count, digits } from "../format.js";
import { follow } from "../live.js";
import { empty, figure, flush, loads, sheet, top } from "../parts.js";
import { to } from "../router.js";
import { table } from "../table.js";
import { alertList } from "./alerts.js";
import { COLUMNS } from "./payouts.js";

const MOST = 100;
const SHORT = [...COLUMNS.slice(0, 4), { name: "Requested", end: true, cell: (row) => ago(row.requested_at) }];

/** How many there are, as far as it is worth counting. */
async function many(path, parameters, signal) {
  const { rows, next_cursor: more } = await get(address(path, { ...parameters, limit: MOST }), signal);
  return { rows, text: more ? `${MOST}+` : count(rows.length) };
}

function show({ signal }) {
  const figures = h("div", { class: "figures" });
  const sums = h("section", { class: "sheet" });
  const last = h("div");
  const firing = h("section", { class: "sheet", "aria-label": "Alerts" });

  const again = [
    loads(figures, signal, () => settle(signal), (found) => found.map(figure)),
    loads(sums, signal, () => get("/v1/trial-balance", signal), owed),
    loads(last, signal, () => get(address("/v1/payouts", { order: "newest", limit: 10 }), signal), newest),
    loads(firing, signal, () => alerts(signal), (found) => found),
  ];
  follow(["committed", "reset"], signal, () => again.forEach((load) => load()), 1500);
  follow(["alert", "readings"], signal, () => { again[0](); again[3](); }, 1500);
  return [top("Overview", "What the books say now, and what needs a look."), figures,
    h("div", { class: "columns wide-first" }, h("div", { class: "stack" }, last),
      h("div", { class: "stack" }, firing, sums))];
}

async function settle(signal) {
  const week = new Date(Date.now() - 7 * 86_400_000).toISOString();
  const [doubt, failed, dead, machine] = await Promise.all([
    many("/v1/payouts", { status: "in_doubt" }, signal),
    many("/v1/payouts", { status: "failed", since: week }, signal),
    many("/v1/dead-letters", {}, signal),
    get("/v1/machine/health", signal).catch(unknown),
  ]);
  const waits = (found, mood) => (found.rows.length ? mood : "good");
  return [
    machine && { name: "Health", value: `${machine.score}`, note: `of 100, ${machine.status}`,
      mood: { good: "good", fair: "warn", poor: "bad" }[machine.status], href: "#/health" },
    { name: "Payouts in doubt", value: doubt.text, note: "nobody knows whether Stripe made them",
      mood: waits(doubt, "warn"), href: "#/payouts?status=in_doubt" },
    { name: "Payouts failed", value: failed.text, note: "requested in the last 7 days",
      mood: waits(failed, "bad"), href: to("/payouts", { status: "failed", since: week }) },
    { name: "Dead letters", value: dead.text, note: "Stripe's events that could not be applied",
      mood: waits(dead, "bad"), href: "#/dead-letters" },
  ].filter(Boolean);
}

/** What an older service, or one without, does not tell is left out. */
function unknown(problem) {
  if (problem.status === 404) return null;
  throw problem;
}

async function alerts(signal) {
  const found = await get(address("/v1/alerts", { state: "firing", limit: 5 }), signal).catch(unknown);
  const head = h("header", null, h("h2", null, "Alerts"), h("a", { href: "#/alerts", class: "small" }, "All"));
  if (!found) return [head, h("p", { class: "soft" }, "This service watches for none.")];
  if (found.alerts.length === 0) return [head, h("p", { class: "soft" }, "None is firing.")];
  return [head, alertList(found.alerts)];
}

const ACCOUNTS = [["available", "Available"], ["reserved", "On the way"], ["pending", "Pending"]];

function owed({ rows, complete }) {
  const currencies = [...new Set(rows.map((row) => row.currency))];
  const head = h("header", null, h("h2", null, "Sellers' money"),
    h("p", null, complete ? "all sellers together" : "being brought up to date"));
  if (currencies.length === 0) return [head, h("p", { class: "soft" }, "Nothing is recorded yet.")];
  const of = (currency, account) => rows.find((row) =>
    row.currency === currency && row.account === account)?.amount?.amount;
  return [head, h("ul", { class: "list" }, currencies.map((currency) => h("li", { class: "sums" },
    h("b", null, currency.toUpperCase()),
    h("dl", null, ACCOUNTS.map(([account, name]) => [
      h("dt", null, name), h("dd", null, digits(of(currency, account) ?? "0"))])))))];
}

function newest({ rows }) {
  if (rows.length === 0) {
    return sheet("Last payouts", null, empty("No payout yet",
      "The first one that is requested, or made at Stripe, shows here by itself."));
  }
  const place = flush("Last payouts", null, table(SHORT, rows, {
    caption: "Last payouts", key: (row) => row.payout_id, href: (row) => `#/payouts/${row.payout_id}` }));
  place.firstChild.append(h("a", { href: "#/payouts", class: "small" }, "All payouts"));
  return put(h("div"), place);
}

export default { show };

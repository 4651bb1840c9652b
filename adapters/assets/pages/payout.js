// A payout's life: what it is now, and everything that happened to it, in order of time.

import { get } from "../api.js";
import { h } from "../dom.js";
import { bankDay, exact, id, money, plural, time } from "../format.js";
import { icon } from "../icons.js";
import { follow } from "../live.js";
import { facts, flush, loads, note, pill, sheet, top, trail } from "../parts.js";
import { table } from "../table.js";
import { PAYOUT, moodOf, sentence, word } from "../words.js";

function show({ params, signal }) {
  const place = h("div", { class: "stack" });
  const path = `/v1/payouts/${encodeURIComponent(params.id)}/explain`;
  let mine = null;
  const again = loads(place, signal, () => get(path, signal), (report) => {
    mine = report.payout_id;
    return story(report);
  });
  follow(["committed", "reset"], signal, (detail) => {
    const events = detail?.events ?? [];
    const told = detail?.count > events.length || !detail?.events;
    if (told || events.some((event) => event.stream === `payout-${mine}`)) again();
  });
  return [trail("#/payouts", "Payouts"), top("Payout", null), place];
}

function story({ payout_id: payoutId, timeline, postings, now }) {
  const row = now.payout;
  return [
    row && sheet(null, null,
      h("header", null, h("div", null, h("h2", null, money(row.amount), " to ",
        h("a", { href: `#/sellers/${encodeURIComponent(row.seller_id)}` }, row.seller_id)),
      h("p", { class: "soft small" }, id(payoutId, true))), pill("payout", row.status)),
      steps(row)),
    row && !now.payout_equals_its_events && note("bad", "The row is not what its events make of it",
      "Run payoutd verify, and payoutd rebuild payouts."),
    row?.held_up && note("warn", "Held up", sentence(row.held_up)),
    row?.failure_code && note("bad", sentence(row.failure_code), row.failure_message),
    h("div", { class: "columns wide-first" },
      sheet("What happened", plural(timeline.length, "entry", "entries"),
        h("ol", { class: "life" }, timeline.map(entry))),
      h("div", { class: "stack" }, row && sheet("Now", null, known(row)),
        now.balance && sheet("The seller's balance", now.balance.currency.toUpperCase(), facts(
          ["Available", money(now.balance.available)], ["On the way", money(now.balance.reserved)],
          ["Pending", money(now.balance.pending)], ["Paid out", money(now.balance.paid_out)])))),
    items(now.items), books(postings)];
}

const WAY = ["requested", "pending", "in_transit", "paid"];

/** How far it is on the usual way. */
function steps({ status }) {
  const end = { failed: "failed", canceled: "canceled", in_doubt: "in_doubt" }[status];
  const way = end ? ["requested", end] : WAY;
  const reached = way.indexOf(status);
  return h("ol", { class: "steps", "aria-label": "How far it is" }, way.map((step, index) => {
    const [text, mood] = PAYOUT[step];
    return h("li", { "data-done": index <= reached, "data-mood": end === step && mood,
      "aria-current": index === reached && "step" }, text);
  }));
}

function known(row) {
  return facts(
    ["Requested", time(row.requested_at)], ["Last change", time(row.updated_at)],
    row.paid_at && ["Paid", time(row.paid_at)],
    row.arrival_date && ["Arrives", bankDay(row.arrival_date)],
    ["Origin", row.origin === "stripe" ? "Made at Stripe" : "This ledger"], ["Method", sentence(row.method)],
    ["Items", String(row.item_count)], ["Events", String(row.version)],
    ["At Stripe", id(row.stripe_payout_id, true), true],
    row.description && ["Description", row.description, true]);
}

function entry(it) {
  const { name, mood, about, more } = KINDS[it.kind]?.(it) ?? { name: sentence(it.kind), about: "", more: [] };
  return h("li", { "data-kind": it.kind, "data-mood": mood },
    h("span", { class: "dot" }, icon(mood === "bad" ? "cross" : it.kind in KINDS ? it.kind : "event")),
    h("div", { class: "what" }, h("b", null, name), about, exact(it.at)),
    more.length > 0 && h("details", null, h("summary", null, "Details"),
      h("dl", null, more.map(([key, value]) => [h("dt", null, key), h("dd", null, value)]))));
}

/** Fields that have a value, as text. */
const pairs = (object) => Object.entries(object).filter(([, value]) => value !== null && value !== undefined)
  .map(([key, value]) => [key, typeof value === "object" ? JSON.stringify(value) : String(value)]);

const KINDS = {
  command: ({ command, key, outcome, events, code, detail }) => ({
    name: `Command: ${command}`,
    mood: outcome === "refused" && "bad",
    about: pill("outcome", outcome),
    more: pairs({ "idempotency key": key, events, code, detail }),
  }),
  webhook: ({ type, event_id: event, body_hash: hash, outcome, reason, detail, settled_at: settled }) => ({
    name: `Stripe: ${type ?? "an event"}`,
    mood: word("outcome", outcome)[1] === "bad" && "bad",
    about: pill("outcome", outcome),
    more: pairs({ event, reason, detail, "SHA-256 of the body": hash, settled }),
  }),
  event: ({ type, data, cause, position, stream, version, hash, seal }) => ({
    name: sentence(type),
    mood: moodOf(type),
    about: h("span", { class: "soft small" }, `position ${position}`),
    more: [...pairs({ stream, version }), ...pairs(data ?? {}), ["cause", JSON.stringify(cause)],
      ...pairs({ hash, seal })],
  }),
};

function items(all) {
  if (all.length === 0) return null;
  return flush("Items", plural(all.length, "transaction"), table([
    { name: "Transaction", cell: ({ item }) => h("span", { class: "id" }, item.transaction_id) },
    { name: "Kind", cell: ({ transaction }) => transaction && sentence(transaction.kind) },
    { name: "Gross", end: true, cell: ({ transaction }) => transaction && money(transaction.gross) },
    { name: "Fee", end: true, cell: ({ transaction }) => transaction && money(transaction.fee) },
    { name: "Amount", end: true, cell: ({ item }) => money(item.amount) },
    { name: "Status", cell: ({ item, transaction }) => (item.returned
      ? h("span", { class: "pill", "data-mood": "warn" }, "Returned")
      : transaction && pill("transaction", transaction.status)) },
    { name: "Transfer", cell: ({ item }) => id(item.transfer_id) },
  ], all, { caption: "Items of the payout" }));
}

function books(postings) {
  if (postings.length === 0) return null;
  return flush("Postings", "what it did to the books; each position sums to zero", table([
    { name: "Position", cell: (line) => String(line.position) },
    { name: "Account", cell: (line) => h("span", { class: "id" }, line.account) },
    { name: "Amount", end: true, cell: (line) => money(line.amount) },
  ], postings, { caption: "Postings of the payout" }));
}

export default { show };

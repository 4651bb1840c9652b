// Database transactions: those that run now, and how they went over time.

import { address, get } from "../api.js";
import { h } from "../dom.js";
import { chart } from "../chart.js";
import { count, micros, span } from "../format.js";
import { happenings } from "../live.js";
import { empty, figure, flush, loads, sheet, top } from "../parts.js";
import { go } from "../router.js";
import { table } from "../table.js";
import { sentence } from "../words.js";

const SPANS = [["900", "15 minutes"], ["3600", "1 hour"], ["21600", "6 hours"], ["86400", "1 day"]];
/** Readings are kept every 10 seconds, and gathered over 5 minutes. */
const stepOf = (seconds) => (seconds > 3600 ? 300 : 10);

function calm(problem) {
  if (problem.status === 404) return null;
  throw problem;
}

function show({ query, signal }) {
  const seconds = Number(query.span) || 3600;
  const running = h("div");
  const charts = h("div", { class: "stack" });
  const again = [
    loads(running, signal, () => get("/v1/machine/transactions", signal).catch(calm), active),
    loads(charts, signal, () => readings(seconds, signal), drawn),
  ];
  happenings.addEventListener("readings", () => again.forEach((load) => load()), { signal });
  const timer = setInterval(again[0], 5000);
  signal.addEventListener("abort", () => clearInterval(timer));
  const choose = h("select", { onchange: (event) => go("/transactions", { span: event.target.value }) },
    SPANS.map(([value, text]) => h("option", { value, selected: Number(value) === seconds }, text)));
  return [top("Transactions", "Of the database: what runs, how fast it ends, and what got in its way.",
    h("label", null, "The last", choose)), running, charts];
}

function active(found) {
  if (!found) return null;
  const rows = found.transactions;
  if (rows.length === 0) return sheet("Running now", null, h("p", { class: "soft" }, "None at this moment."));
  return flush("Running now", null, table([
    { name: "Transaction", cell: (row) => row.name },
    { name: "Isolation", cell: (row) => sentence(row.isolation) },
    { name: "Age", end: true, cell: (row) => micros(row.age_us) },
    { name: "Nested", end: true, cell: (row) => String(row.depth) },
    { name: "Attempt", end: true, cell: (row) => String(row.attempt) },
    { name: "Time left", end: true, cell: (row) => (row.left_us === null ? "–" : micros(row.left_us)) },
  ], rows, { caption: "Transactions that run now" }));
}

function readings(seconds, signal) {
  const since = new Date(Date.now() - seconds * 1000).toISOString();
  return get(address("/v1/machine/readings", { since, step: stepOf(seconds) }), signal).catch(calm);
}

/** Readings of several instances at one time as one: what is counted adds up, percentiles and
 * lags are the worst. */
function together(readings) {
  const times = new Map();
  for (const reading of readings) {
    const before = times.get(reading.starts_at);
    times.set(reading.starts_at, before ? sum(before, reading) : reading);
  }
  return [...times.values()];
}

function sum(one, other) {
  const gathered = {};
  for (const [name, value] of Object.entries(one)) {
    const also = other[name];
    if (value === null || also === null || also === undefined) gathered[name] = value ?? also;
    else if (name === "books" || name === "window_ms") gathered[name] = value;
    else if (typeof value === "object") gathered[name] = sum(value, also);
    else if (typeof value !== "number") gathered[name] = value;
    else gathered[name] = name.endsWith("_us") ? Math.max(value, also) : value + also;
  }
  return gathered;
}

const per = (value) => count(Math.round(value * 10) / 10);

function drawn(found) {
  if (!found) return sheet(null, null, empty("No readings", "This service does not keep what it reads off itself."));
  const all = together(found.readings);
  if (all.length < 2) return sheet(null, null, empty("Not yet", "Readings are taken every 10 seconds: the charts come with them."));
  const times = all.map((it) => new Date(it.starts_at));
  const rate = (of) => all.map((it) => (it.window_ms ? (of(it) / it.window_ms) * 1000 : 0));
  const values = (of) => all.map((it) => of(it) ?? null);
  const last = all.at(-1);
  const { transactions: t, pool, queue } = last;
  // What nobody has, such as an outbox without NATS, has no line.
  const lines = (...pairs) => pairs.filter(([, data]) => data.some((value) => value !== null))
    .map(([name, data]) => ({ name, values: data }));
  const draw = (title, note, series, unit) => sheet(title, note, chart(title, times, series, unit));
  return [
    h("div", { class: "figures" }, [
      { name: "Committed", value: `${per(rate((it) => it.transactions.committed).at(-1))}`, note: "a second" },
      { name: "95 of 100 end within", value: micros(t.p95_us), note: `half within ${micros(t.p50_us)}` },
      { name: "Failed", value: count(t.failed), note: "in the last window", mood: t.failed ? "warn" : "good" },
      { name: "Connections", value: `${pool.in_use} / ${pool.capacity}`, note: `${count(queue.length)} inputs wait` },
    ].map(figure)),
    h("div", { class: "columns" },
      draw("Transactions", "a second", lines(
        ["Committed", rate((it) => it.transactions.committed)],
        ["Failed", rate((it) => it.transactions.failed)]), per),
      draw("How long they take", "percentiles", lines(
        ["p50", values((it) => it.transactions.p50_us)], ["p95", values((it) => it.transactions.p95_us)],
        ["p99", values((it) => it.transactions.p99_us)]), micros),
      draw("Conflicts", "in each window", lines(
        ["Retries", values((it) => it.transactions.retries)],
        ["Serialization", values((it) => it.transactions.serialization_failures)],
        ["Deadlocks", values((it) => it.transactions.deadlocks)],
        ["Timed out", values((it) => it.transactions.timed_out)]), per),
      draw("Connections and queue", "at the end of each window", lines(
        ["Connections used", values((it) => it.pool.in_use)],
        ["Inputs waiting", values((it) => it.queue.length)]), per),
      draw("Commands and events", "a second", lines(
        ["Commands", rate((it) => it.commands.accepted + it.commands.refused + it.commands.duplicate)],
        ["Stripe's events", rate((it) => Object.values(it.stripe_events).reduce((a, b) => a + b, 0))],
        ["Events in the log", rate((it) => it.events)]), per),
      draw("Behind the log", "the oldest that waits", lines(
        ["Read tables", values((it) => it.books && Math.max(...["postings", "daily_rollups", "links"]
          .map((name) => it.books.lags[name].seconds)))],
        ["Seals", values((it) => it.books?.lags.seals.seconds)],
        ["Outbox", values((it) => it.books?.lags.outbox?.seconds)],
        ["Ingest", values((it) => it.books?.lags.ingest?.seconds)]), (value) => span(value))),
  ];
}

export default { show };

// Money, moments and ids as people read them. Amounts stay the digits that the ledger gave:
// they are never turned into numbers.

import { h } from "./dom.js";

/** Digits in groups of three, a real minus, the decimals as they are. */
export function digits(amount) {
  const [, minus, whole, rest] = /^(-?)(\d+)(.*)$/.exec(amount) ?? [null, "", amount, ""];
  return (minus && "\u2212") + whole.replace(/\B(?=(\d{3})+$)/g, ",") + rest;
}

/** Money of the API: `{ amount: "125.50", currency: "usd" }`, or null. Nothing at all stands back. */
export function money(value) {
  if (!value) return h("span", { class: "none" }, "–");
  return h("span", { class: /[1-9]/.test(value.amount) ? "money" : "money zero" },
    h("b", null, digits(value.amount)), h("i", null, value.currency.toUpperCase()));
}

const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const MINUTE = new Intl.DateTimeFormat(undefined,
  { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
const SECOND = new Intl.DateTimeFormat(undefined,
  { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const TICK = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hourCycle: "h23" });
const UTC_DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });

function moment(text, show) {
  if (!text) return h("span", { class: "none" }, "–");
  const at = new Date(text);
  const utc = `${text.slice(0, 10)} ${text.slice(11, 19)} UTC`;
  return h("time", { datetime: text, title: utc }, show(at));
}

/** A moment by the reader's clock, to the minute; UTC to the second when pointed at. */
export const time = (text) => moment(text, (at) => MINUTE.format(at));
/** The same, to the second. */
export const exact = (text) => moment(text, (at) => SECOND.format(at));
/** A day that a bank means: the same everywhere. */
export const bankDay = (text) => moment(text, (at) => UTC_DAY.format(at));
/** A day by the reader's clock. */
export const day = (text) => moment(text, (at) => DAY.format(at));
/** How long ago; it goes on by itself. */
export function ago(text) {
  const place = moment(text, (at) => since(at));
  place.dataset.ago = "";
  return place;
}

function since(at) {
  const seconds = Math.round((Date.now() - at) / 1000);
  return seconds < 10 ? "just now" : `${span(seconds)} ago`;
}

setInterval(() => {
  for (const place of document.querySelectorAll("time[data-ago]")) {
    place.textContent = since(new Date(place.dateTime));
  }
}, 5000);

/** Hours and minutes, for charts. */
export const clock = (at) => CLOCK.format(at);
/** The same, with seconds. */
export const tick = (at) => TICK.format(at);

/** Seconds as people say them. */
export function span(seconds) {
  const s = Math.max(0, seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds));
  if (s < 90) return `${s} s`;
  if (s < 5400) return `${Math.round(s / 60)} min`;
  if (s < 129600) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86400)} days`;
}

/** Microseconds. */
export function micros(us) {
  if (us < 1000) return `${us} µs`;
  if (us < 1e6) return `${(us / 1000).toFixed(us < 1e4 ? 1 : 0)} ms`;
  return `${(us / 1e6).toFixed(1)} s`;
}

/** A count. */
export const count = (n) => new Intl.NumberFormat("en").format(n);

/** An id; a long one shows its ends, and all of it when pointed at. */
export function id(text, whole = false) {
  if (!text) return h("span", { class: "none" }, "–");
  const short = whole || text.length <= 20 ? text : `${text.slice(0, 8)}…${text.slice(-6)}`;
  const classes = whole || text.length > 20 && short === text ? "id" : "id short";
  return h("span", { class: classes, title: short === text ? null : text }, short);
}

/** What somebody is called: on one line, and all of it when pointed at. */
export const name = (text) => h("span", { class: "name", title: text }, text);

/** "1 payout", "2 payouts". */
export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

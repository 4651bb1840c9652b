// Parts that pages are put together from.

import { h, put, s } from "./dom.js";
import { icon } from "./icons.js";
import { word } from "./words.js";

export function pill(kind, name) {
  const [text, mood] = word(kind, name);
  return h("span", { class: "pill", "data-mood": mood }, text);
}

/** The head of a page. The heading takes the focus when the page is come to. */
export function top(title, about, ...tools) {
  return h("div", { class: "top" },
    h("div", null, h("h1", { tabindex: -1 }, title), about && h("p", null, about)),
    tools.length > 0 && h("div", { class: "tools" }, tools));
}

export function trail(href, text) {
  return h("p", { class: "trail" }, h("a", { href }, "\u2190 ", text));
}

export function sheet(title, note, ...content) {
  return h("section", { class: "sheet" }, title && head(title, note), content);
}

/** A sheet whose table reaches to its edges. */
export function flush(title, note, ...content) {
  return h("section", { class: "sheet flush" }, title && head(title, note), content);
}

function head(title, note) {
  return h("header", null, h("h2", null, title), note && h("p", null, note));
}

export function figure({ name, value, note, mood, href }) {
  const inside = [h("div", { class: "name" }, name), h("div", { class: "value" }, value),
    note && h("div", { class: "about" }, note)];
  return h(href ? "a" : "div", { class: "figure", "data-mood": mood, href }, inside);
}

/** Names and values; a pair of null is left out. */
export function facts(...pairs) {
  return h("dl", { class: "facts" }, pairs.filter(Boolean).map(([name, value, whole]) =>
    h("div", { class: whole && "whole" }, h("dt", null, name), h("dd", null, value))));
}

export function empty(title, about, ...tools) {
  return h("div", { class: "empty" }, icon("empty"), h("b", null, title),
    about && h("p", null, about), tools.length > 0 && h("div", { class: "tools" }, tools));
}

export function loading() {
  return h("div", { class: "loading", role: "status" },
    h("span", { class: "unseen" }, "Loading"), [1, 2, 3, 4, 5].map(() => h("i")));
}

export function note(mood, title, ...about) {
  return h("div", { class: "note", "data-mood": mood }, title && h("b", null, title), about);
}

/** What went wrong, and a way to try again if that may help. */
export function trouble(problem, again) {
  if (problem.status === 404 && problem.code === "NOT_FOUND") {
    return empty("Not here", problem.calm ?? problem.message);
  }
  const text = problem.code ? problem.message : String(problem);
  return h("div", { role: "alert" }, note("bad", problem.title ?? "Something went wrong", text,
    again && h("div", { class: "tools" }, h("button", { type: "button", onclick: again }, "Try again"))));
}

/** Loads something into a place: first a pale shape of it, then what `show` makes of it. Later
 * loads leave what is there until there is something new. Returns how to load again. */
export function loads(place, signal, load, show) {
  let shown = false;
  const again = async () => {
    if (!shown) put(place, loading());
    try {
      const found = await load();
      if (signal.aborted) return;
      put(place, show(found));
      shown = true;
    } catch (problem) {
      if (signal.aborted || problem.name === "AbortError" || problem.status === 401) return;
      // A page that is there is not taken away because the connection is lost.
      if (!(shown && problem.status === 0)) put(place, trouble(problem, again));
    }
  };
  again();
  return again;
}

/** How good something is of 100, as a ring. */
export function gauge(score, mood) {
  const around = 2 * Math.PI * 52;
  return s("svg", { viewBox: "0 0 128 128", role: "img", "data-mood": mood,
    "aria-label": `${score} of 100` },
  s("circle", { class: "track", cx: 64, cy: 64, r: 52, fill: "none", "stroke-width": 11 }),
  s("circle", { class: "arc", cx: 64, cy: 64, r: 52, fill: "none", "stroke-width": 11,
    "stroke-linecap": "round", "stroke-dasharray": `${(around * score) / 100} ${around}`,
    transform: "rotate(-90 64 64)" }),
  s("text", { x: 64, y: 74, "text-anchor": "middle" }, String(score)),
  s("text", { class: "of", x: 64, y: 92, "text-anchor": "middle" }, "of 100"));
}

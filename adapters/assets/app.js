// The frame: which page is shown, who reads it, and whether it is kept up to date.

import { get } from "./api.js";
import { announce, h, put } from "./dom.js";
import { form } from "./dialog.js";
import { icon } from "./icons.js";
import * as live from "./live.js";
import { empty, top } from "./parts.js";
import { here, match } from "./router.js";
import * as session from "./session.js";
import * as theme from "./theme.js";
import alerts from "./pages/alerts.js";
import health from "./pages/health.js";
import letter from "./pages/letter.js";
import letters from "./pages/letters.js";
import overview from "./pages/overview.js";
import payout from "./pages/payout.js";
import payouts from "./pages/payouts.js";
import seller from "./pages/seller.js";
import sellers from "./pages/sellers.js";
import transactions from "./pages/transactions.js";

const ROUTES = [
  ["/", overview],
  ["/payouts", payouts],
  ["/payouts/:id", payout],
  ["/sellers", sellers],
  ["/sellers/:id", seller],
  ["/dead-letters", letters],
  ["/dead-letters/:id", letter],
  ["/health", health],
  ["/transactions", transactions],
  ["/alerts", alerts],
];
const NAV = [
  ["Books", [["/", "Overview", "overview"], ["/payouts", "Payouts", "payouts"],
    ["/sellers", "Sellers", "sellers"], ["/dead-letters", "Dead letters", "letters"]]],
  ["Machine", [["/health", "Health", "health"], ["/transactions", "Transactions", "transactions"],
    ["/alerts", "Alerts", "alerts"]]],
];

const main = document.getElementById("page");
const nav = document.getElementById("nav");
const menu = document.getElementById("menu");
let shown = new AbortController();
let path = null;

function show() {
  const at = here();
  const moved = at.path !== path;
  const isFirst = path === null;
  path = at.path;
  shown.abort();
  shown = new AbortController();
  const found = match(ROUTES, at.path);
  const signal = shown.signal;
  if (found) {
    put(main, found.page.show({ params: found.params, query: at.query, signal }));
  } else {
    put(main, top("There is no such page", null, h("a", { class: "button", href: "#/" }, "Overview")));
  }
  const title = main.querySelector("h1")?.textContent ?? "Not found";
  document.title = `${title} · payoutd`;
  tellNav(at.path);
  // A filter that changes leaves the reader where they are.
  if (moved) {
    scrollTo(0, 0);
    // Who has just come begins at the beginning.
    if (!isFirst) main.querySelector("h1")?.focus({ preventScroll: true });
  } else if (found?.page.filtered) {
    main.querySelector(`[name="${CSS.escape(lastField ?? "")}"]`)?.focus();
  }
}

let lastField = null;
main.addEventListener("change", (event) => { lastField = event.target.name ?? null; }, true);

function tellNav(at) {
  for (const link of nav.querySelectorAll("a")) {
    const to = link.getAttribute("href").slice(1);
    const inside = to === "/" ? at === "/" : at === to || at.startsWith(`${to}/`);
    if (inside) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  open(false);
}

function open(yes) {
  nav.classList.toggle("open", yes);
  menu.setAttribute("aria-expanded", String(yes));
}

function tellLive() {
  const place = document.getElementById("live");
  const words = { on: "Live", lost: "Connection lost, reconnecting", off: "" };
  place.dataset.state = live.current();
  put(place, words[live.current()] && h("span", null, words[live.current()]));
  place.title = words[live.current()];
}

function tellReader() {
  const { tenant, role, livemode } = session.reader();
  put(document.getElementById("whose"), h("span", { class: "tenant" }, `${tenant} · ${role}`),
    !livemode && h("span", { class: "pill", "data-mood": "warn" }, "Test", h("span", { class: "long" }, "mode")));
  document.getElementById("sign-out").hidden = !session.token();
}

async function enter() {
  try {
    session.known(await get("/v1/me"));
  } catch (problem) {
    if (problem.status === 401) return;
    put(main, empty(problem.title, problem.message,
      h("button", { type: "button", onclick: enter }, "Try again")));
    return;
  }
  tellReader();
  live.start();
  show();
}

let asking = false;
async function ask() {
  if (asking) return;
  asking = true;
  shown.abort();
  live.stop();
  put(main, empty("A token is needed", "This service shows its books to those it knows."));
  put(document.getElementById("whose"));
  const field = h("label", null, "Token",
    h("input", { name: "token", type: "password", required: true, autocomplete: "off" }));
  const about = h("p", { class: "soft small" },
    "It is kept until this tab is closed, and sent to this service alone.");
  await form({ title: "Sign in", fields: [field, about], confirm: "Sign in", mustAnswer: true },
    async ({ token }) => {
      session.give(token.trim());
      session.known(await get("/v1/me"));
    });
  asking = false;
  enter();
}

for (const [title, pages] of NAV) {
  const links = pages.map(([to, text, drawing]) =>
    h("li", null, h("a", { href: `#${to}` }, icon(drawing), text)));
  const list = nav.querySelector("ul") ?? nav.appendChild(h("ul"));
  list.append(h("li", { class: "part" }, h("h2", null, title)), ...links);
}
menu.addEventListener("click", () => open(menu.getAttribute("aria-expanded") !== "true"));
document.getElementById("sign-out").addEventListener("click", () => session.forget());
document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
session.changes.addEventListener("wanted", ask);
live.happenings.addEventListener("state", ({ detail }) => {
  tellLive();
  if (detail.now === "lost") announce("Connection lost, reconnecting");
  if (detail.now === "on" && detail.before === "lost") announce("Connected again");
});
window.addEventListener("hashchange", () => session.reader() && show());
theme.start(document.getElementById("theme"));
enter();

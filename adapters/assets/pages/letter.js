// One of Stripe's events: why it is where it is, its body, and what an operator can do.

import { address, get, post } from "../api.js";
import { announce, h, put } from "../dom.js";
import { form } from "../dialog.js";
import { exact, id, plural } from "../format.js";
import { facts, flush, loads, note, pill, sheet, top, trail } from "../parts.js";
import { isOperator } from "../session.js";
import { table } from "../table.js";
import { sentence, word } from "../words.js";
import { place as placeOf } from "./letters.js";

function show({ params, query, signal }) {
  const path = `/v1/dead-letters/${encodeURIComponent(params.id)}`;
  const told = h("div", { role: "status" });
  const place = h("div", { class: "stack" });
  const again = loads(place, signal, () => get(address(path, { hash: query.hash }), signal),
    (letter) => all(letter, acts(path, letter, (...say) => { put(told, note(...say)); announce(say[1]); again(); })));
  return [trail("#/dead-letters", "Dead letters"), top("Event"), told, place];
}

function acts(path, letter, done) {
  const stuck = letter.outcome === "dead" || letter.outcome === "parked";
  if (!stuck || !isOperator()) return null;
  const hash = letter.body_hash;
  const retry = () => form({
    title: "Try it again?",
    fields: h("p", { class: "soft" }, "It is decided with the rules and the books of today. What waits behind it comes in after it."),
    confirm: "Try again",
  }, async () => {
    const now = await post(`${path}/retry`, { hash });
    const [text, mood] = word("outcome", now.outcome);
    done(mood === "mute" ? "warn" : mood, text, now.detail ?? (now.reason && sentence(now.reason)) ?? plural(now.events, "event"));
  });
  const drop = () => form({
    title: "Give it up?",
    fields: [
      h("p", { class: "soft" }, "It is never applied, and there is no way back. What waits behind it comes in."),
      h("label", null, "Why, and who says so: in the log for ever",
        h("textarea", { name: "reason", required: true, maxlength: 1000 })),
    ],
    confirm: "Give up for ever",
    danger: true,
  }, async ({ reason }) => {
    await post(`${path}/drop`, { hash, reason });
    done("good", "Given up", reason);
  });
  return h("div", { class: "tools below" },
    h("button", { type: "button", class: "strong", onclick: retry }, "Try again…"),
    h("button", { type: "button", class: "danger", onclick: drop }, "Give up…"));
}

function all(letter, tools) {
  return [
    sheet(null, null,
      h("header", null, h("div", null, h("h2", null, letter.event_type ?? "Not an event"),
        h("p", null, id(letter.event_id, true))), pill("outcome", letter.outcome)),
      facts(
        ["Reason", letter.reason ? sentence(letter.reason) : "–"], ["About", id(letter.object, true)],
        ["Came", exact(letter.received_at)], ["Settled", exact(letter.settled_at)],
        letter.detail && ["Detail", letter.detail, true],
        ["SHA-256 of the body", id(letter.body_hash, true), true]), tools),
    others("Before it", letter.ahead), others("Behind it", letter.behind),
    sheet("Body", letter.body_is_text ? "byte for byte as it was received" : "not all of it is text",
      h("pre", { class: "body", tabindex: 0, "aria-label": "Body" }, pretty(letter.body)))];
}

/** Indented where it is JSON on one line; digits stay as they are. */
function pretty(body) {
  if (body.includes("\n")) return body;
  let depth = 0;
  let quoted = false;
  let text = "";
  for (let i = 0; i < body.length; i += 1) {
    const c = body[i];
    if (quoted) {
      text += c;
      if (c === "\\") text += body[++i] ?? "";
      else if (c === '"') quoted = false;
    } else if (c === '"') { quoted = true; text += c; }
    else if (c === "{" || c === "[") text += `${c}\n${"  ".repeat(++depth)}`;
    else if (c === "}" || c === "]") text += `\n${"  ".repeat(depth = Math.max(0, depth - 1))}${c}`;
    else if (c === ",") text += `,\n${"  ".repeat(depth)}`;
    else if (c === ":") text += ": ";
    else if (c.trim()) text += c;
  }
  return text;
}

function others(title, rows) {
  if (rows.length === 0) return null;
  return flush(title, "of the same object", table([
    { name: "Event", cell: (row) => id(row.event_id) },
    { name: "Type", cell: (row) => row.event_type ?? "–" },
    { name: "Outcome", cell: (row) => pill("outcome", row.outcome) },
    { name: "Came", end: true, cell: (row) => exact(row.received_at) },
  ], rows, { caption: title, href: placeOf }));
}

export default { show };

// Filters of a list: what is filled in is in the page's address, so it can be kept and shared.

import { h } from "./dom.js";
import { go } from "./router.js";

/**
 * fields: [{ name, label, options: [[value, text]], type }]. A moment is chosen by the reader's
 * clock and asked for in UTC.
 */
export function filters(path, query, fields, label) {
  const change = (event) => {
    event?.preventDefault();
    const chosen = {};
    for (const field of fields) {
      const value = form.elements[field.name].value.trim();
      chosen[field.name] = field.type === "moment" && value ? new Date(value).toISOString() : value;
    }
    go(path, chosen);
  };
  const any = fields.some((field) => query[field.name]);
  const form = h("form", { class: "filters", role: "search", "aria-label": label, onsubmit: change,
    onchange: change },
  fields.map((field) => h("label", { class: field.type }, field.label, input(field, query))),
  h("div", { class: "tools" },
    h("button", { type: "submit" }, "Show"),
    any && h("a", { class: "button", href: `#${path}` }, "Clear filters")));
  // On a narrow screen the list comes first.
  const isNarrow = matchMedia("(max-width: 700px)").matches;
  return h("details", { class: "fold sheet", open: any || !isNarrow },
    h("summary", null, label), form);
}

function input({ name, options, type, hint }, query) {
  const value = query[name] ?? "";
  if (options) {
    const all = [["", "Any"], ...options];
    return h("select", { name }, all.map(([option, text]) =>
      h("option", { value: option, selected: option === value }, text)));
  }
  if (type === "moment") {
    return h("input", { name, type: "datetime-local", step: 1, value: value && local(value) });
  }
  return h("input", { name, value, placeholder: hint, autocomplete: "off", spellcheck: "false",
    autocapitalize: "off" });
}

function local(utc) {
  const at = new Date(utc);
  return new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

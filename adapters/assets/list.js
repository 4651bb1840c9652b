// A list of the API: page after page, kept up to date while it is looked at, and to be had as a
// file with the very same filter.

import { address, download, get } from "./api.js";
import { announce, h, put } from "./dom.js";
import { plural } from "./format.js";
import { follow } from "./live.js";
import { empty, loading, note, trouble } from "./parts.js";
import { table } from "./table.js";

const PAGE = 50;
/** Rows that are looked at again when something happened. */
const MOST_WATCHED = 500;

/**
 * { path, parameters, columns, key, href, one, caption, nothing: [title, about], watch(detail) }.
 * Returns the place in which the list is, and how to load it again.
 */
export function list(spec, signal) {
  const place = h("section", { class: "sheet flush", "aria-label": spec.caption });
  let rows = [];
  let cursor = null;
  let seen = new Map();
  put(place, loading());

  const page = (more) => get(address(spec.path, { ...spec.parameters, ...more }), signal);
  const print = (row) => JSON.stringify(row);

  function show(fresh) {
    if (rows.length === 0) return put(place, empty(...spec.nothing));
    const more = h("button", { type: "button", onclick: further }, "Show more");
    put(place, table(spec.columns, rows, { ...spec, fresh }), h("footer", null,
      h("span", { class: "soft small" }, `${plural(rows.length, spec.one)} shown`,
        cursor ? ". " : "; that is all."), cursor && more));
    seen = new Map(rows.map((row) => [spec.key(row), print(row)]));
    return place;
  }

  async function load(limit, asked) {
    const focused = document.activeElement?.closest?.("tr a")?.getAttribute("href");
    try {
      const found = await page({ limit });
      if (signal.aborted) return;
      const before = seen;
      const changed = found.rows.filter((row) => before.get(spec.key(row)) !== print(row));
      rows = found.rows;
      cursor = found.next_cursor;
      if (asked && changed.length === 0 && before.size === rows.length) return;
      show(asked ? new Set(changed.map(spec.key)) : null);
      if (asked && changed.length) announce(`${plural(changed.length, spec.one)} new or changed`);
      // A reader who was at a row is there again.
      if (focused) place.querySelector(`tr a[href="${CSS.escape(focused)}"]`)?.focus();
    } catch (problem) {
      if (signal.aborted || problem.status === 401) return;
      if (!(asked && problem.status === 0)) put(place, trouble(problem, () => load(PAGE)));
    }
  }

  async function further(event) {
    event.target.disabled = true;
    try {
      const found = await page({ limit: PAGE, cursor });
      if (signal.aborted) return;
      const first = rows.length;
      rows = [...rows, ...found.rows];
      cursor = found.next_cursor;
      show();
      place.querySelectorAll("tr.leads td:first-child a")[first]?.focus();
    } catch (problem) {
      if (!signal.aborted) place.append(note("bad", problem.title, problem.message));
    }
  }

  const again = () => load(Math.min(MOST_WATCHED, Math.max(PAGE, rows.length)), true);
  follow(["committed", "reset"], signal, again);
  load(PAGE);
  return { place, again };
}

/** Buttons that keep the whole list as a file. */
export function copies(path, parameters, name) {
  const button = (form, text) => {
    const act = async (event) => {
      const it = event.currentTarget;
      it.disabled = true;
      try {
        await download(address(path, { ...parameters, format: form }), `${name}.${form}`);
        announce(`${name}.${form} is kept`);
      } catch (problem) {
        announce(`Not kept: ${problem.message}`);
        it.after(note("bad", "Not kept", problem.message));
      }
      it.disabled = false;
    };
    return h("button", { type: "button", onclick: act, "data-format": form }, text);
  };
  return [button("csv", "CSV"), button("json", "JSON")];
}

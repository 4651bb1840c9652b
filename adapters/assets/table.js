// Tables: a caption, headings, rows; a row that leads somewhere has one link, and can be clicked
// anywhere. The arrow keys go from row to row.

import { h } from "./dom.js";

/**
 * columns: [{ name, cell(row), end, extra, gives }]; one that is extra is left out on a narrow
 * screen, one that gives is cut off before the others have no room; the first one's cell is the
 * row's name.
 * options: caption; key(row); href(row); fresh: keys of rows that changed; wide (no cards).
 */
export function table(columns, rows, { caption, key, href, fresh, wide } = {}) {
  const head = h("tr", { role: "row" }, columns.map((column) =>
    h("th", { scope: "col", role: "columnheader", class: classes(column) || null }, column.name)));
  const body = rows.map((row) => line(columns, row, { href, isFresh: fresh?.has(key?.(row)) }));
  // Cards are no tables to a browser any more: the roles say that they still are.
  return h("div", { class: "scroll" }, h("table", { class: wide ? null : "cards", role: "table" },
    caption && h("caption", { class: "unseen" }, caption),
    h("thead", { role: "rowgroup" }, head),
    h("tbody", { role: "rowgroup", onkeydown: href && walk }, body)));
}

const classes = (column) => ["end", "extra", "gives"].filter((kind) => column[kind]).join(" ");

function line(columns, row, { href, isFresh }) {
  const to = href?.(row);
  const cells = columns.map((column, index) => {
    const content = column.cell(row) ?? "";
    const inside = to && index === 0 ? h("a", { href: to }, content) : content;
    const all = [classes(column), content === "" && "blank"].filter(Boolean).join(" ");
    return h("td", { role: "cell", class: all || null, "data-label": column.name }, inside);
  });
  const kinds = [to && "leads", isFresh && "fresh"].filter(Boolean).join(" ");
  const go = (event) => {
    if (event.target.closest("a, button, summary") || getSelection().toString()) return;
    location.hash = to.slice(1);
  };
  return h("tr", { role: "row", class: kinds || null, onclick: to && go }, cells);
}

/** Up and down, first and last; Enter follows the link by itself. */
function walk(event) {
  const links = [...event.currentTarget.querySelectorAll("tr.leads td:first-child a")];
  const here = links.indexOf(document.activeElement);
  const there = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: links.length - 1 }[event.key];
  if (here < 0 || !links[there]) return;
  event.preventDefault();
  links[there].focus();
}

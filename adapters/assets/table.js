// Tables: a caption, headings, rows; a row that leads somewhere has one link, and can be clicked
// anywhere. The arrow keys go from row to row.

import { h } from "./dom.js";

/**
 * columns: [{ name, cell(row), end, extra }]; one that is extra is left out on a narrow screen;
 * the first one's cell is the row's name.
 * options: caption; key(row); href(row); fresh: keys of rows that changed; plain; wide (no cards).
 */
export function table(columns, rows, { caption, key, href, fresh, plain, wide } = {}) {
  const head = h("tr", { role: "row" }, columns.map((column) =>
    h("th", { scope: "col", role: "columnheader", class: column.end && "end" }, column.name)));
  const body = rows.map((row) => line(columns, row, { href, isFresh: fresh?.has(key?.(row)) }));
  // Cards are no tables to a browser any more: the roles say that they still are.
  const classes = [wide ? null : "cards", plain && "plain"].filter(Boolean).join(" ");
  return h("div", { class: "scroll" }, h("table", { class: classes, role: "table" },
    caption && h("caption", { class: "unseen" }, caption),
    h("thead", { role: "rowgroup" }, head),
    h("tbody", { role: "rowgroup", onkeydown: href && walk }, body)));
}

function line(columns, row, { href, isFresh }) {
  const to = href?.(row);
  const cells = columns.map((column, index) => {
    const content = column.cell(row) ?? "";
    const inside = to && index === 0 ? h("a", { href: to }, content) : content;
    const classes = [column.end && "end", column.extra && "extra", content === "" && "blank"].filter(Boolean).join(" ");
    return h("td", { role: "cell", class: classes || null, "data-label": column.name }, inside);
  });
  const classes = [to && "leads", isFresh && "fresh"].filter(Boolean).join(" ");
  const go = (event) => {
    if (event.target.closest("a, button, summary") || getSelection().toString()) return;
    location.hash = to.slice(1);
  };
  return h("tr", { role: "row", class: classes || null, onclick: to && go }, cells);
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

// Lines over time. The same figures are in a table below, for those who rather read; the
// drawing's label tells the newest of each.

import { h, put, s } from "./dom.js";
import { clock, tick } from "./format.js";

const H = 190;
const ROOM = { left: 52, right: 10, top: 8, bottom: 22 };
/** Letters keep their size where there is less room. */
const width = () => (matchMedia("(max-width: 700px)").matches ? 330 : 560);

/** series: [{ name, values }] at `times`, which are dates; `unit` turns a value into text. */
export function chart(title, times, series, unit) {
  const W = width();
  const known = series.flatMap((one) => one.values).filter((value) => value !== null);
  const highest = nice(Math.max(...known, 0));
  const from = +times[0];
  const x = (at) => ROOM.left + ((+at - from) / (+times.at(-1) - from || 1)) * (W - ROOM.left - ROOM.right);
  const y = (value) => H - ROOM.bottom - (value / highest) * (H - ROOM.top - ROOM.bottom);
  const newest = (one) => unit(one.values.at(-1) ?? 0);
  const label = `${title}: ${series.map((one) => `${one.name} ${newest(one)} now`).join(", ")}`;

  const at = s("line", { class: "at", y1: ROOM.top, y2: H - ROOM.bottom, visibility: "hidden" });
  const drawing = s("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": label },
    grid(highest, y, W, unit), axis(times, x), series.map((one, index) => line(one, index, times, x, y)), at);
  const legend = h("ul", { class: "legend" });
  const told = (index) => put(legend, series.map((one, n) =>
    h("li", { class: `s${n}` }, one.name, h("b", null, unit(one.values[index] ?? 0)))),
  index < times.length - 1 && h("li", { class: "soft" }, `at ${tick(times[index])}`));
  told(times.length - 1);

  drawing.addEventListener("pointermove", (event) => {
    const box = drawing.getBoundingClientRect();
    const place = ((event.clientX - box.left) / box.width) * W;
    const index = nearest(times, x, place);
    at.setAttribute("visibility", "visible");
    at.setAttribute("x1", x(times[index]));
    at.setAttribute("x2", x(times[index]));
    told(index);
  });
  drawing.addEventListener("pointerleave", () => {
    at.setAttribute("visibility", "hidden");
    told(times.length - 1);
  });
  return h("figure", { class: "chart" }, drawing, legend, asTable(title, times, series, unit));
}

function grid(highest, y, W, unit) {
  return [0, 0.5, 1].map((part) => {
    const value = highest * part;
    return s("g", null,
      s("line", { class: "grid", x1: ROOM.left, x2: W - ROOM.right, y1: y(value), y2: y(value) }),
      s("text", { class: "axis", x: ROOM.left - 8, y: y(value) + 4, "text-anchor": "end" }, value === 0 ? "0" : unit(value)));
  });
}

function axis(times, x) {
  const parts = width() < 400 ? [0, 0.5, 1] : [0, 0.33, 0.67, 1];
  const places = parts.map((part) => Math.round((times.length - 1) * part));
  const anchor = ["start", "middle", "middle", "end"];
  const short = times.at(-1) - times[0] < 600_000;
  return [...new Set(places)].map((index, n) => s("text", { class: "axis", x: x(times[index]), y: H - 5,
    "text-anchor": index === times.length - 1 && n > 0 ? "end" : anchor[n] }, short ? tick(times[index]) : clock(times[index])));
}

function line({ values }, index, times, x, y) {
  const points = values.map((value, n) => (value === null ? null : [x(times[n]), y(value)]));
  const there = points.filter(Boolean);
  if (there.length === 0) return null;
  const text = there.map(([a, b]) => `${a.toFixed(1)} ${b.toFixed(1)}`).join("L");
  const floor = (H - ROOM.bottom).toFixed(1);
  const area = `M${there[0][0].toFixed(1)} ${floor}L${text}L${there.at(-1)[0].toFixed(1)} ${floor}Z`;
  return s("g", { class: `s${index}` },
    index === 0 && s("path", { class: "area", d: area }),
    s("path", { class: "series", d: `M${text}` }),
    s("circle", { class: "marker", cx: there.at(-1)[0], cy: there.at(-1)[1], r: 2.5 }));
}

function nearest(times, x, place) {
  let best = 0;
  times.forEach((at, index) => {
    if (Math.abs(x(at) - place) < Math.abs(x(times[best]) - place)) best = index;
  });
  return best;
}

/** The next round figure above. */
function nice(value) {
  if (value <= 0) return 1;
  const ten = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].map((part) => part * ten).find((round) => round >= value);
}

/** Built when it is opened: most never are. */
function asTable(title, times, series, unit) {
  const build = (event) => {
    const inside = event.currentTarget;
    if (!inside.open || inside.querySelector("table")) return;
    const rows = times.map((at, index) => h("tr", null, h("th", { scope: "row" }, tick(at)),
      series.map((one) => h("td", { class: "end" }, unit(one.values[index] ?? 0)))));
    inside.append(h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `${title}, as a table` },
      h("table", null, h("caption", { class: "unseen" }, title),
        h("thead", null, h("tr", null, h("th", { scope: "col" }, "Time"),
          series.map((one) => h("th", { scope: "col", class: "end" }, one.name)))),
        h("tbody", null, rows.reverse()))));
  };
  return h("details", { ontoggle: build }, h("summary", { class: "soft" }, "As a table"));
}

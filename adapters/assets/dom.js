// Elements. What comes from outside gets into the page as text alone: there is no way here to
// make elements from a string.

const SVG = "http://www.w3.org/2000/svg";

/** h("a", { href: "#/", class: "x", onclick }, "text", node, [nodes]): an element. */
export function h(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** The same, for drawings. */
export function s(name, attributes, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked") element[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...flat(children));
  return element;
}

/** Puts these children in place of all there are. */
export function put(element, ...children) {
  element.replaceChildren(...flat(children));
  return element;
}

function flat(children) {
  const all = children.flat(Infinity);
  return all.filter((child) => child !== null && child !== undefined && child !== false);
}

/** Advice as the service writes it: what stands between backticks is to be typed. */
export function advice(text) {
  const parts = text.split("`");
  return parts.length % 2 === 0 ? text : parts.map((part, at) => (at % 2 ? h("code", null, part) : part));
}

/** Says something to whoever listens to the page instead of looking at it. */
export function announce(text) {
  const announcer = document.getElementById("announcer");
  announcer.textContent = announcer.textContent === text ? `${text}\u00a0` : text;
}

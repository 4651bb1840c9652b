// Which page is shown: what stands behind the `#` of the address.

/** `#/payouts/7?status=paid` as its path and parameters. */
export function here() {
  const [path, query] = (location.hash.slice(1) || "/").split("?");
  return { path: path || "/", query: Object.fromEntries(new URLSearchParams(query ?? "")) };
}

/** The address of a page; parameters without a value are left out. */
export function to(path, query = {}) {
  const chosen = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) chosen.set(name, value);
  const text = chosen.toString();
  return `#${path}${text && `?${text}`}`;
}

export function go(path, query) {
  const address = to(path, query);
  if (location.hash !== address) location.hash = address.slice(1);
}

/** The page of a path among `[pattern, page]`, where `:x` stands for one part. */
export function match(routes, path) {
  const parts = path.split("/");
  for (const [pattern, page] of routes) {
    const wanted = pattern.split("/");
    if (wanted.length !== parts.length) continue;
    const params = {};
    const fits = wanted.every((part, index) => {
      if (!part.startsWith(":")) return part === parts[index];
      try {
        params[part.slice(1)] = decodeURIComponent(parts[index]);
      } catch {
        return false;
      }
      return parts[index] !== "";
    });
    if (fits) return { page, params };
  }
  return null;
}

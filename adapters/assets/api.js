// The ledger's API. Every refusal is a `Problem`, whatever went wrong.

import * as session from "./session.js";

export class Problem extends Error {
  constructor({ status, code, title, detail }) {
    super(detail ?? title ?? "");
    Object.assign(this, { status, code, title, detail });
  }
}

/** A path with parameters; those without a value are left out. */
export function address(path, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== "") query.set(name, value);
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, {
      ...options, cache: "no-store", credentials: "omit", redirect: "error",
      headers: { ...session.headers(), ...options.headers },
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ status: 0, code: "UNREACHABLE", title: "The service does not answer",
      detail: "It may be starting anew, or the network is gone. This page goes on when it is back." });
  }
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => null);
  if (answer.status === 401) session.forget();
  throw new Problem(told ?? { status: answer.status, code: "UNREADABLE", title: answer.statusText,
    detail: "The service answered what this page cannot read." });
}

export async function get(path, signal) {
  return (await ask(path, { signal })).json();
}

export async function post(path, body) {
  const options = { method: "POST", body: JSON.stringify(body),
    headers: { "Content-Type": "application/json" } };
  return (await ask(path, options)).json();
}

/** An answer without an end. */
export async function stream(path, headers, signal) {
  return (await ask(path, { headers: { Accept: "text/event-stream", ...headers }, signal })).body;
}

/** Has the browser keep an answer as a file. */
export async function download(path, name) {
  const file = URL.createObjectURL(await (await ask(path, {})).blob());
  const link = document.createElement("a");
  link.href = file;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(file), 10_000);
}

// What happens, as the service tells it: server-sent events, read by `fetch`, which can show a
// token as an EventSource cannot. When the connection is lost it is made again, and goes on
// where it was.

import { stream } from "./api.js";

const SILENCE = 40_000;
const LONGEST_PAUSE = 15_000;

/** "committed", "readings", "alert" and "reset" with the data in `detail`; "state" when the
 * connection comes or goes. */
export const happenings = new EventTarget();

let state = "off";
let lastId = null;
let running = null;
let wake = () => {};

export const current = () => state;

export function start() {
  stop();
  running = new AbortController();
  keep(running.signal);
}

export function stop() {
  running?.abort();
  running = null;
  lastId = null;
  become("off");
}

window.addEventListener("online", () => wake());
document.addEventListener("visibilitychange", () => { if (!document.hidden) wake(); });

async function keep(signal) {
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      await watch(signal, () => { failures = 0; });
    } catch (problem) {
      if (signal.aborted || problem.status === 401) return;
      // A service without it is looked at all the same.
      if (problem.status === 404 || problem.status === 403) return become("off");
    }
    if (signal.aborted) return;
    become("lost");
    const pause = Math.min(LONGEST_PAUSE, 500 * 2 ** failures) * (0.7 + Math.random() * 0.6);
    await new Promise((resolve) => { wake = resolve; setTimeout(resolve, pause); });
  }
}

async function watch(signal, heard) {
  const silence = new AbortController();
  const giveUp = () => silence.abort();
  let timer = setTimeout(giveUp, SILENCE);
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    const headers = lastId ? { "Last-Event-ID": lastId } : {};
    const reader = (await stream("/v1/live", headers, silence.signal)).getReader();
    const text = new TextDecoder();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(giveUp, SILENCE);
      const frames = (rest + text.decode(value, { stream: true })).split("\n\n");
      rest = frames.pop();
      for (const frame of frames) take(frame, heard);
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
  }
}

function take(frame, heard) {
  const fields = { event: "message", data: "" };
  for (const line of frame.split("\n")) {
    const colon = line.indexOf(": ");
    if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 2);
  }
  if (fields.id) lastId = fields.id;
  if (fields.event === "hello") {
    heard();
    become("on");
  } else if (fields.data) {
    happenings.dispatchEvent(new CustomEvent(fields.event, { detail: JSON.parse(fields.data) }));
  }
}

function become(next) {
  if (state === next) return;
  const before = state;
  state = next;
  happenings.dispatchEvent(new CustomEvent("state", { detail: { before, now: next } }));
}

/** Calls back once after something happened, at most so often; until the signal. */
export function follow(names, signal, act, pause = 600) {
  let timer = null;
  const soon = (event) => {
    timer ??= setTimeout(() => { timer = null; if (!signal.aborted) act(event.detail); }, pause);
  };
  for (const name of names) happenings.addEventListener(name, soon, { signal });
}

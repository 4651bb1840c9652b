// Who reads the page. A token is kept for as long as its tab is open, and nowhere else.

const KEY = "payoutd.token";

/** Says when somebody else reads ("change"), or when a token is wanted ("wanted"). */
export const changes = new EventTarget();

let me = null;

/** The caller as `/v1/me` told, once it did. */
export const reader = () => me;

/** Whether the reader may do more than look. */
export const isOperator = () => me?.role === "operator";

/** The token that was given, if any. */
export const token = () => sessionStorage.getItem(KEY);

export const headers = () => (token() ? { Authorization: `Bearer ${token()}` } : {});

export function give(text) {
  sessionStorage.setItem(KEY, text);
}

export function forget() {
  sessionStorage.removeItem(KEY);
  me = null;
  changes.dispatchEvent(new Event("wanted"));
}

export function known(caller) {
  me = caller;
  changes.dispatchEvent(new Event("change"));
}

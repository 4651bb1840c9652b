// The ledger's words as people say them, and the mood that each is in.

/** Statuses of payouts, in the order in which they usually come. */
export const PAYOUT = {
  requested: ["Requested", "mute"],
  in_doubt: ["In doubt", "warn"],
  pending: ["Pending", "calm"],
  in_transit: ["In transit", "calm"],
  paid: ["Paid", "good"],
  failed: ["Failed", "bad"],
  canceled: ["Canceled", "mute"],
};
const TRANSACTION = {
  pending: ["Pending", "mute"], held: ["Held", "warn"], available: ["Available", "calm"],
  reserved: ["Reserved", "calm"], paid_out: ["Paid out", "good"], failed: ["Failed", "bad"],
};
const OUTCOME = {
  applied: ["Applied", "good"], accepted: ["Accepted", "good"], refused: ["Refused", "bad"],
  ignored: ["Ignored", "mute"], parked: ["Waiting", "warn"], dead: ["Dead", "bad"],
  duplicate: ["Duplicate", "mute"],
};
const LEVEL = {
  critical: ["Critical", "bad"], error: ["Error", "bad"], warning: ["Warning", "warn"], info: ["Info", "calm"],
  firing: ["Firing", "bad"], resolved: ["Resolved", "good"],
};
const ALL = { payout: PAYOUT, transaction: TRANSACTION, outcome: OUTCOME, level: LEVEL };

/** A word of a kind: what to say, and its mood. A word that is not known is said as it is. */
export function word(kind, name) {
  return ALL[kind][name?.toLowerCase?.()] ?? [sentence(name ?? "–"), "mute"];
}

/** `payout-put-in-doubt`, `in_doubt`: as people write them. */
export const sentence = (name) => capital(String(name).replace(/[-_]/g, " "));

/** With a capital letter first. */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

const DAYS = { mon: "Monday", tue: "Tuesday", wed: "Wednesday", thu: "Thursday", fri: "Friday",
  sat: "Saturday", sun: "Sunday" };

/** When payouts are made by themselves: `weekly:mon`, `monthly:31`. */
export function schedule(name) {
  const [often, when] = String(name).split(":");
  if (!when) return sentence(often);
  return `${sentence(often)}, ${DAYS[when] ?? `on day ${when}`}`;
}

/** The mood of an event of the log. */
export function moodOf(event) {
  if (/-(paid|succeeded)$|paid-out$/.test(event)) return "good";
  if (/failed|refused$/.test(event)) return "bad";
  if (/doubt|blocked|disput|returned/.test(event)) return "warn";
  return null;
}

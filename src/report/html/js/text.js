// ---- Text of strangers, and numbers ----

// What moves a cursor, turns the direction of writing, or takes no room and would let two names look the same: as in
// src/report/text.rs.
const HIDDEN = new RegExp(
  "[\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f" +
    "\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff0-\\ufffb\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}]",
  "gu",
);
// Accents that one letter may carry; more would be painted over the lines above.
const PILED = /(\p{Mn}{3})\p{Mn}+/gu;

/** The text with everything in it that could mislead the eye spelled out. */
function plain(text) {
  return text
    .replace(HIDDEN, (hidden) => `\\u{${hidden.codePointAt(0).toString(16)}}`)
    .replace(PILED, "$1…");
}

/** The text, or its beginning if it is longer than anyone reads. */
function short(text, length) {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

const NUMBER = new Intl.NumberFormat("en");

function number(value) {
  return NUMBER.format(value);
}

function counted(count, one, many = `${one}s`) {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/** A part of a whole; never "100%" or "0%" of what is not all or nothing. */
function percent(part, whole) {
  if (whole === 0) return "–";
  const exact = (100 * part) / whole;
  if (part < whole && exact > 99.9) return "over 99.9%";
  if (part > 0 && exact < 0.1) return "under 0.1%";
  return `${exact < 10 || exact > 90 ? Number(exact.toFixed(1)) : Math.round(exact)}%`;
}

/** `2026-11-25T01:08:57.1234Z` as `2026-11-25 01:08:57 UTC`. */
function time(text) {
  return text.replace("T", " ").replace(/(\.\d+)?Z$/, " UTC");
}

function sum(numbers) {
  let total = 0;
  for (const value of numbers) total += value;
  return total;
}

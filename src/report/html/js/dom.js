// ---- Elements ----

const SVG = "http://www.w3.org/2000/svg";

function byId(id) {
  return document.getElementById(id);
}

/**
 * An element. Every string becomes text and never markup, with what could mislead the eye spelled out; so does every
 * attribute. Functions are listeners; `false`, `null` and `undefined` are left out.
 */
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : plain(String(value)));
  }
  element.append(...nodes(children));
  return element;
}

function nodes(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : document.createTextNode(plain(String(child)))));
}

function fill(element, ...children) {
  element.replaceChildren(...nodes(children));
  return element;
}

/** A shape from the page's set; the words beside it say the same. */
function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", document.getElementById(`i-${name}`) ? `#i-${name}` : "#i-other");
  svg.append(use);
  return svg;
}

function statusWord(status) {
  return STATUS_WORDS[status] ?? status;
}

function status(name) {
  return h("span", { class: `status ${known(name)}` }, icon(known(name)), statusWord(name));
}

/** The name for a style: that of a status the page knows, or of any other. */
function known(name) {
  return STATUSES.includes(name) ? name : "other";
}

function severity(name) {
  return h("span", { class: `severity ${name}` }, name);
}

/** A bar of parts, each `[style, size]`. What it says stands in words beside it. */
function bar(parts, whole = sum(parts.map(([, size]) => size))) {
  const shown = parts.filter(([, size]) => size > 0);
  const rest = whole - sum(shown.map(([, size]) => size));
  const segments = shown.map(([style, size]) => segment(style, size));
  if (rest > 0) segments.push(segment("rest", rest));
  if (whole === 0) segments.push(segment("none", 1));
  return h("span", { class: "bar", "aria-hidden": "true" }, segments);
}

function segment(style, size) {
  const part = h("span", { class: `segment ${style}` });
  part.style.flexGrow = size;
  return part;
}

/** A bar of how findings stand. What is not applicable has no part in it. */
function standingBar(counts) {
  const parts = head.statusOrder.filter((status) => status !== "not-applicable");
  return bar(parts.map((status) => [known(status), counts[status]]));
}

/** How findings stand, in words: `3 fail · 1 unknown`. */
function standingWords(counts) {
  const told = head.statusOrder.filter((status) => counts[status] > 0 && status !== "not-applicable");
  if (told.length === 0 && counts["not-applicable"] > 0) told.push("not-applicable");
  return told.map((status, index) => [
    index > 0 ? " · " : "",
    h("span", { class: `count ${known(status)}` }, `${number(counts[status])} ${statusWord(status)}`),
  ]);
}

/** A button that leads to the findings it speaks of. */
function toFindings(query, attributes, ...children) {
  const button = h("button", { type: "button", ...attributes, click: () => showFindings(query) }, children);
  button.classList.add("link");
  return button;
}

/** A button that copies a text, and says so. */
function copyButton(text, what) {
  const label = h("span", {}, "Copy");
  const copy = async () => {
    let said = "Copied";
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      said = copyBySelection(text) ? "Copied" : "Press Ctrl+C";
    }
    fill(label, said);
    announce(`${said}: ${what}`);
    setTimeout(() => fill(label, "Copy"), 2000);
  };
  return h("button", { type: "button", class: "copy", "aria-label": `Copy ${what}`, click: copy }, label);
}

/** For browsers that keep the clipboard from pages on disk. */
function copyBySelection(text) {
  const area = h("textarea", { class: "offscreen", "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  return copied;
}

/** Says something to whoever listens instead of looking. */
function announce(text) {
  fill(byId("said"), text);
}

/** A command to copy. */
function command(text) {
  return h("span", { class: "command" }, h("code", {}, text), copyButton(text, "command"));
}

/** Documentation of a check: paragraphs, and code in backticks; what is a command can be copied. */
function prose(text) {
  return text.split(/\n\s*\n/).map((paragraph) => h("p", {}, sentence(paragraph)));
}

function sentence(text) {
  return text
    .replace(/\s*\n\s*/g, " ")
    .split("`")
    .map((part, index) => {
      if (index % 2 === 0) return part;
      return /^aws |^\{/.test(part) ? command(part) : h("code", {}, part);
    });
}

/**
 * A table with a name, headings and rows of cells; a heading `#…` is of numbers. On narrow screens each row becomes a
 * card and each cell names its heading, so what a table is said to be is said outright.
 */
function table(caption, headings, rows, style = "") {
  const names = headings.map((name) => name.replace("#", ""));
  const align = headings.map((name) => (name.startsWith("#") ? "number" : null));
  const cell = (content, index) =>
    index === 0
      ? h("th", { role: "rowheader", scope: "row" }, content)
      : h("td", { role: "cell", class: align[index], "data-name": names[index] }, h("div", {}, content));
  const heading = (name, index) => h("th", { role: "columnheader", scope: "col", class: align[index] }, name);
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h(
      "table",
      { role: "table", class: style },
      h("caption", { class: "offscreen" }, caption),
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, names.map(heading))),
      h("tbody", { role: "rowgroup" }, rows.map((row) => h("tr", { role: "row" }, row.map(cell)))),
    ),
  );
}

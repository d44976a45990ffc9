// ---- The list: as long as it may be, with no more rows in the page than can be seen ----

// Browsers draw nothing beyond some twenty million pixels. Longer lists are scrolled at a smaller scale.
const TALLEST = 12_000_000;
const MARGIN_ROWS = 6;
const COLUMNS = ["Status", "Resource", "What is true of it", "Where"];

const list = {
  /** The rows: a finding, or `-1 - g` for the heading of group `g`. */
  items: [],
  groups: [],
  open: new Set(),
  active: 0,
  /** Rows that are in the page, by their place. */
  rows: new Map(),
  rowHeight: 56,
};

function grid() {
  return byId("list");
}

/** Shows findings, in groups or not. */
function show(findings) {
  list.groups = query.group === "none" ? [] : grouped(findings);
  list.open = new Set(list.groups.slice(0, 1).map((group) => group.key));
  list.flat = findings;
  layOut();
  list.active = Math.max(0, list.items.findIndex((item) => item >= 0));
  grid().scrollTop = 0;
  draw();
  if (findings.length === 0) closeDetail();
  else showDetail(list.items[list.active]);
}

/** The rows that there are now, with the groups that are open. */
function layOut() {
  list.items = [];
  if (query.group === "none") list.items = list.flat;
  list.groups.forEach((group, index) => {
    list.items.push(-1 - index);
    if (list.open.has(group.key)) for (const finding of group.findings) list.items.push(finding);
  });
  const isTree = query.group !== "none";
  grid().setAttribute("role", isTree ? "treegrid" : "grid");
  grid().setAttribute("aria-rowcount", list.items.length + 1);
  list.rowHeight = parseFloat(getComputedStyle(grid()).getPropertyValue("--row"));
  byId("rows").style.height = `${Math.min(TALLEST, list.items.length * list.rowHeight)}px`;
  byId("no-rows").hidden = list.items.length > 0;
  for (const row of list.rows.values()) row.remove();
  list.rows.clear();
}

/** How far the list as a whole is scrolled, whatever the scale. */
function scrolled() {
  const view = grid().clientHeight - byId("list-head").offsetHeight;
  const whole = list.items.length * list.rowHeight;
  const drawn = Math.min(TALLEST, whole);
  const scale = whole > TALLEST ? (whole - view) / (drawn - view) : 1;
  return { view, scale, top: grid().scrollTop * scale };
}

/** Puts the rows that can be seen into the page, and takes the others out. */
function draw() {
  const { view, top } = scrolled();
  const first = Math.max(0, Math.floor(top / list.rowHeight) - MARGIN_ROWS);
  const last = Math.min(list.items.length - 1, Math.ceil((top + view) / list.rowHeight) + MARGIN_ROWS);
  for (const [index, row] of list.rows) {
    if (index < first || index > last) {
      row.remove();
      list.rows.delete(index);
    }
  }
  const shift = grid().scrollTop - top;
  for (let index = first; index <= last; index += 1) {
    let row = list.rows.get(index);
    if (!row) {
      row = rowAt(index);
      list.rows.set(index, row);
      insertInOrder(row, index);
    }
    row.style.transform = `translateY(${index * list.rowHeight + shift}px)`;
  }
  markActive();
}

/** Whoever reads the page by ear hears the rows in the order of the document. */
function insertInOrder(row, index) {
  let after = null;
  for (const [other, element] of list.rows) {
    if (other > index && (after === null || other < after.index)) after = { index: other, element };
  }
  byId("rows").insertBefore(row, after?.element ?? null);
}

function rowAt(index) {
  const item = list.items[index];
  const row = item < 0 ? groupRow(list.groups[-1 - item]) : findingRow(item);
  row.id = `row-${index}`;
  row.setAttribute("aria-rowindex", index + 2);
  row.addEventListener("click", () => {
    activate(index);
    use(false);
  });
  return row;
}

function groupRow(group) {
  const open = list.open.has(group.key);
  return h(
    "div",
    { role: "row", class: "row group-row", "aria-level": "1", "aria-expanded": String(open) },
    h(
      "div",
      { role: "gridcell", class: "group-cell", "aria-colspan": COLUMNS.length },
      h("span", { class: "twist", "aria-hidden": "true" }),
      query.group === "check" && severity(head.checks[head.byCheck.get(group.key)].severity),
      h("span", { class: "group-name" }, short(group.name, 200)),
      standingBar(group.counts),
      h("span", { class: "group-counts" }, standingWords(group.counts)),
    ),
  );
}

function findingRow(finding) {
  const check = checkOf(finding);
  const cell = (style, ...children) => h("div", { role: "gridcell", class: style }, children);
  // Under the heading of its check a finding need not name it again, and has room for more.
  const message = h("span", { class: query.group === "check" ? "message two-lines" : "message" }, short(textOf(finding, MESSAGE), 300));
  const type = typeOf(finding).replace("AWS::", "").replaceAll("::", " ").trim();
  return h(
    "div",
    { role: "row", class: `row finding-row ${known(statusOf(finding))}`, "aria-level": query.group === "none" ? null : "2" },
    cell("cell-status", status(statusOf(finding)), severity(check.severity)),
    cell("cell-resource", h("span", { class: "id" }, short(resourceOf(finding), 200)), h("span", { class: "faint" }, type)),
    cell("cell-message", message, query.group !== "check" && h("span", { class: "faint" }, check.title)),
    cell("cell-where", h("span", {}, regionOf(finding)), h("span", { class: "faint" }, accountOf(finding))),
  );
}

function markActive() {
  for (const [index, row] of list.rows) row.setAttribute("aria-selected", String(index === list.active));
  // A row that is not in the page cannot be pointed at.
  if (list.rows.has(list.active)) grid().setAttribute("aria-activedescendant", `row-${list.active}`);
  else grid().removeAttribute("aria-activedescendant");
}

function activate(index) {
  list.active = Math.max(0, Math.min(list.items.length - 1, index));
  markActive();
}

/** Goes to a row, and scrolls as far as needed. */
function goTo(index) {
  if (list.items.length === 0) return;
  activate(index);
  const { view, scale, top } = scrolled();
  const at = list.active * list.rowHeight;
  if (at < top) grid().scrollTop = at / scale;
  else if (at + list.rowHeight > top + view) grid().scrollTop = (at + list.rowHeight - view) / scale;
  draw();
  const item = list.items[list.active];
  if (item >= 0 && isWide()) showDetail(item);
}

/** Opens the active row: a group unfolds, a finding shows what it rests on. */
function use(movesFocus) {
  const item = list.items[list.active];
  if (item === undefined) return;
  if (item >= 0) openDetail(item, movesFocus);
  else unfold(list.groups[-1 - item]);
}

function unfold(group, wanted = !list.open.has(group.key)) {
  if (wanted === list.open.has(group.key)) return;
  if (wanted) list.open.add(group.key);
  else list.open.delete(group.key);
  layOut();
  draw();
}

/** The heading above a row. */
function headingOf(index) {
  let at = index;
  while (at > 0 && list.items[at] >= 0) at -= 1;
  return at;
}

function listKeys(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const page = Math.max(1, Math.floor(scrolled().view / list.rowHeight) - 1);
  const item = list.items[list.active];
  const moves = {
    ArrowDown: () => goTo(list.active + 1),
    ArrowUp: () => goTo(list.active - 1),
    j: () => goTo(list.active + 1),
    k: () => goTo(list.active - 1),
    PageDown: () => goTo(list.active + page),
    PageUp: () => goTo(list.active - page),
    Home: () => goTo(0),
    End: () => goTo(list.items.length - 1),
    Enter: () => use(true),
    " ": () => use(true),
    ArrowRight: () => item < 0 && unfold(list.groups[-1 - item], true),
    ArrowLeft: () => {
      if (query.group === "none") return;
      if (item < 0) unfold(list.groups[-1 - item], false);
      else goTo(headingOf(list.active));
    },
  };
  if (!moves[event.key]) return;
  event.preventDefault();
  moves[event.key]();
}

function startList() {
  fill(byId("list-head"), COLUMNS.map((name) => h("div", { role: "columnheader" }, name)));
  let waits = false;
  const later = () => {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => {
      waits = false;
      draw();
    });
  };
  grid().addEventListener("scroll", later, { passive: true });
  grid().addEventListener("keydown", listKeys);
  new ResizeObserver(() => {
    const height = parseFloat(getComputedStyle(grid()).getPropertyValue("--row"));
    if (height !== list.rowHeight) layOut();
    later();
  }).observe(grid());
}

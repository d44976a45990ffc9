// ---- Filters above the list ----

const SELECTS = ["duty", "service", "account", "region", "framework", "owner"];
const OWNERS_TO_CHOOSE = 500;

function startFindings() {
  fill(byId("statuses"), head.statusOrder.filter((name) => head.all[name] > 0 || NEEDS_ATTENTION.includes(name)).map((name) => toggle("statuses", name, status(name), head.all[name])));
  const failing = failingBySeverity();
  fill(byId("severity-toggles"), SEVERITIES.map((name) => toggle("severities", name, severity(name), failing[name])));
  for (const name of SELECTS) {
    const select = byId(`choose-${name}`);
    fill(select, choices(name));
    select.addEventListener("change", () => ask({ [name]: select.value, ...(name === "framework" && { control: "" }) }));
  }
  const group = byId("group");
  fill(group, Object.entries(GROUPS).map(([name, { word }]) => h("option", { value: name }, word)));
  group.addEventListener("change", () => ask({ group: group.value }));
  const search = byId("search");
  let timer;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => ask({ words: search.value }), 120);
  });
  byId("reset").addEventListener("click", () => {
    query = fresh();
    refresh();
  });
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  startList();
  closeDetail();
}

function toggle(set, name, shownAs, count) {
  const box = h("input", { type: "checkbox", value: name, "data-set": set });
  box.addEventListener("change", () => {
    if (box.checked) query[set].add(name);
    else query[set].delete(name);
    refresh();
  });
  return h("label", { class: "toggle" }, box, shownAs, h("span", { class: "faint" }, number(count)));
}

/** What a filter can be set to. */
function choices(name) {
  const known = {
    duty: () => head.model.duties.filter((duty) => duty.made > 0).map((duty) => [duty.id, duty.name]),
    service: () => head.services.filter(({ id }) => head.checks.some((check) => check.service === id)).map(({ id, name: called }) => [id, called]),
    account: () => head.account_ids.map((id) => [id, accountNamed(id)]),
    region: () => head.regions.map((region) => [region, region]),
    framework: () => head.frameworks.map(({ id }) => [id, frameworkName(id)]),
    owner: ownersToChoose,
  }[name]();
  return [["", "any"], ...known].map(([value, called]) => h("option", { value }, short(called, 60)));
}

function ownersToChoose() {
  const failing = [...head.fails.owners].sort((a, b) => b[1] - a[1]);
  return failing.slice(0, OWNERS_TO_CHOOSE).map(([owner]) => [owner, owner]);
}

function ask(change) {
  Object.assign(query, change);
  refresh();
}

/** Shows what the query asks for, with the filters as the query has them. */
function refresh() {
  for (const box of document.querySelectorAll("#filters input[type=checkbox]")) {
    box.checked = query[box.dataset.set].has(box.value);
  }
  for (const name of SELECTS) setSelect(byId(`choose-${name}`), query[name]);
  byId("group").value = query.group;
  const search = byId("search");
  if (search.value !== query.words) search.value = query.words;
  fill(byId("chips"), chips());
  const found = matches();
  fill(byId("count"), found.length === head.findings ? `All ${counted(found.length, "finding")}` : `${number(found.length)} of ${counted(head.findings, "finding")}`);
  show(found);
  history.replaceState(null, "", toAddress());
}

/** A value that is no choice (an owner of whom nothing fails) becomes one. */
function setSelect(select, value) {
  if (![...select.options].some((option) => option.value === value)) select.append(h("option", { value }, value));
  select.value = value;
}

/** Filters that have no control of their own. */
function chips() {
  const chip = (name, told) =>
    h("button", { type: "button", class: "chip", "aria-label": `Remove filter: ${told}`, click: () => ask({ [name]: "" }) }, told, icon("close"));
  return [
    query.check && chip("check", `check ${query.check}`),
    query.control && chip("control", `control ${query.control}`),
  ];
}

/** Leads from anywhere in the page to the findings it speaks of. */
function showFindings(wanted) {
  query = asked(wanted);
  if (query.check || (query.control && query.framework)) query.group = query.control ? "check" : "none";
  refresh();
  byId("findings").scrollIntoView({ behavior: isStill() ? "auto" : "smooth" });
  grid().focus({ preventScroll: true });
}

function isStill() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

// ---- What to do first ----

const FIRST = 10;

function first() {
  const failing = head.checks
    .map((check, index) => ({ check, ...head.tally[index] }))
    .filter(({ counts }) => counts.fail > 0)
    .sort(bySeverityAndReach);
  const most = Math.max(1, ...failing.map(({ counts }) => counts.fail));
  const list = byId("by-check");
  if (failing.length === 0) {
    fill(list, h("li", { class: "nothing" }, "Nothing fails. What is unknown is under Coverage."));
  } else {
    fill(list, failing.slice(0, FIRST).map((entry) => firstRow(entry, most)));
  }
  const more = byId("more-checks");
  more.hidden = failing.length <= FIRST;
  fill(more, `Show all ${number(failing.length)} failing checks`);
  more.addEventListener("click", () => {
    more.hidden = true;
    list.append(...failing.slice(FIRST).map((entry) => firstRow(entry, most)));
    list.children[FIRST].querySelector("button, summary")?.focus();
  });
  owners(failing);
  shares("by-account", "account", head.fails.accounts, accountNamed);
  shares("by-region", "region", head.fails.regions, (region) => region);
}

const SHARES_SHOWN = 10;

/** How the failing findings spread over accounts or regions; not worth showing for one. */
function shares(id, name, counts, called) {
  const rows = [...counts].sort((a, b) => b[1] - a[1]);
  byId(id).hidden = rows.length < 2;
  if (rows.length < 2) return;
  const [[, most]] = rows;
  const row = ([key, count]) =>
    h(
      "li",
      {},
      h("span", {}, toFindings({ [name]: key, statuses: ["fail"] }, {}, called(key))),
      bar([["reach-high", count]], most),
      h("span", { class: "number" }, number(count)),
    );
  fill(
    byId(id),
    h("h3", {}, `By ${name}`),
    h("ul", { class: "shares" }, rows.slice(0, SHARES_SHOWN).map(row)),
    rows.length > SHARES_SHOWN && h("p", { class: "faint" }, `and ${counted(rows.length - SHARES_SHOWN, name)} more`),
  );
}

/** What is worst comes first; of the same severity, what more resources fail. */
function bySeverityAndReach(a, b) {
  const rank = ({ check }) => SEVERITIES.indexOf(check.severity);
  return rank(a) - rank(b) || b.counts.fail - a.counts.fail;
}

function firstRow({ check, counts, regions, accounts }, most) {
  const reach = [
    counted(counts.fail, "finding"),
    accounts.size > 1 && counted(accounts.size, "account"),
    regions.size > 1 && counted(regions.size, "region"),
  ];
  return h(
    "li",
    { class: `first ${check.severity}` },
    h(
      "div",
      { class: "first-head" },
      severity(check.severity),
      h(
        "div",
        { class: "first-title" },
        toFindings({ check: check.id, statuses: ["fail"] }, {}, check.title),
        h("span", { class: "faint" }, check.id),
      ),
      h(
        "div",
        { class: "reach" },
        h("span", {}, reach.filter(Boolean).join(" · ")),
        bar([[`reach-${check.severity}`, counts.fail]], most),
      ),
    ),
    h("details", {}, h("summary", {}, "Why, and how to fix it"), h("div", { class: "prose" }, prose(check.why), h("h4", {}, "Fix"), prose(check.fix))),
  );
}

const OWNERS_SHOWN = 12;

/** Failing findings by whom the resource belongs to. */
function owners(failing) {
  const byOwner = new Map();
  for (const { check, owners } of failing) {
    for (const [owner, count] of owners) {
      const row = byOwner.get(owner) ?? { total: 0 };
      row[check.severity] = (row[check.severity] ?? 0) + count;
      row.total += count;
      byOwner.set(owner, row);
    }
  }
  const weight = ([, row]) => SEVERITIES.map((name) => -(row[name] ?? 0));
  const rows = [...byOwner].sort((a, b) => {
    const [x, y] = [weight(a), weight(b)];
    const at = x.findIndex((value, index) => value !== y[index]);
    return at < 0 ? 0 : x[at] - y[at];
  });
  fill(
    byId("by-owner"),
    rows.length === 0
      ? h("p", { class: "faint" }, "Nothing fails.")
      : table(
          "Failing findings by owner",
          ["Owner", ...SEVERITIES.map((name) => `#${name}`)],
          rows.slice(0, OWNERS_SHOWN).map(([owner, row]) => [
            toFindings({ owner, statuses: ["fail"] }, {}, short(owner, 60)),
            ...SEVERITIES.map((name) => (row[name] ? number(row[name]) : "–")),
          ]),
          "owners",
        ),
    rows.length > OWNERS_SHOWN &&
      h("p", { class: "faint" }, `and ${counted(rows.length - OWNERS_SHOWN, "owner")} more; group the findings by owner to see all`),
    h("p", { class: "faint" }, "An owner is whom a file of owners names, or else a tag; or else the CloudFormation stack, or the account."),
  );
}

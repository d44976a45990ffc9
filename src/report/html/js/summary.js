// ---- Whose account this is, and the line through it ----

function accountName(account) {
  return account.name ? `${account.name} (${account.id})` : account.id;
}

function summary() {
  const only = head.accounts.length === 1 ? head.accounts[0] : null;
  const title = only ? accountName(only) : counted(head.accounts.length, "account");
  document.title = plain(`${short(title, 80)} · Plimsoll`);
  fill(byId("title"), only?.name ? [only.name, " ", h("small", {}, only.id)] : title);
  fill(byId("verdict"), verdict());
  const regions = new Set(head.accounts.flatMap((account) => account.regions));
  fill(
    byId("facts"),
    fact("Scanned", time(head.started)),
    fact("Regions", regions.size > 4 ? counted(regions.size, "region") : [...regions].join(", ")),
    only && fact("Read by", only.caller),
    fact("Judged by", counted(head.checks.length, "check")),
    fact("Written by", `Plimsoll ${head.tool.version}`),
  );
  byId("partial").hidden = !head.partial;
  fill(byId("severities"), severityTiles(), coverageTile());
}

function fact(name, value) {
  return h("div", {}, h("dt", {}, name), h("dd", {}, value));
}

/** What came out, in two sentences that a board can be told. */
function verdict() {
  const states = head.model.duties.map((duty) => dutyState(duty, dutyCounts(duty)));
  const of = (state) => states.filter((it) => it === state).length;
  const parts = [
    [of("fails"), "fail somewhere"],
    [of("unseen"), "could not be seen whole"],
    [of("holds"), "hold as far as checks look"],
    [of("nothing"), "had nothing to judge"],
    [of("signed"), "people alone answer for"],
    [of("unlooked"), "were not looked at"],
  ].filter(([count]) => count > 0);
  const told = parts.map(([count, what], index) => `${number(count)}${index === 0 ? ` of ${states.length} duties` : ""} ${what}`);
  const last = told.pop();
  return `${told.length > 0 ? `${told.join(", ")} and ` : ""}${last}.`;
}

function severityTiles() {
  const failing = failingBySeverity();
  return SEVERITIES.map((name) =>
    toFindings(
      { statuses: ["fail"], severities: [name] },
      { class: `tile ${name} ${failing[name] === 0 ? "zero" : ""}` },
      h("strong", {}, number(failing[name])),
      h("span", {}, `${name} failing`),
    ),
  );
}

function failingBySeverity() {
  const failing = Object.fromEntries(SEVERITIES.map((name) => [name, 0]));
  head.checks.forEach((check, index) => {
    failing[check.severity] += head.tally[index].counts.fail;
  });
  return failing;
}

function coverageTile() {
  const reached = head.findings - head.all.unknown - head.all.attested;
  return h(
    "a",
    { class: "tile coverage-tile", href: "#coverage" },
    h("strong", {}, percent(reached, head.findings)),
    h("span", {}, `of ${number(head.findings)} judgements reached`),
  );
}

function dutyCounts(duty) {
  return countsOf((check) => check.duty === duty.id);
}

/** How a duty stands: what fails decides, then what was not seen. */
function dutyState(duty, counts) {
  if (counts.fail > 0) return "fails";
  if (duty.made === 0 && counts.attested === 0) return duty.attested.length > 0 ? "signed" : "unlooked";
  const cutShort = head.unreached.some((id) => head.checks[head.byCheck.get(id)]?.duty === duty.id);
  if (counts.unknown > 0 || cutShort) return "unseen";
  return counts.pass + counts.attested + counts.excepted > 0 ? "holds" : "nothing";
}

/** The customer's duties above, the provider's below. */
function line() {
  const { groups, duties, provider_duties: below } = head.model;
  fill(
    byId("above"),
    groups.map((group) =>
      h(
        "section",
        { class: `group ${group.id}` },
        h("h3", {}, group.name),
        h("ul", {}, duties.filter((duty) => duty.group === group.id).map(dutyRow)),
      ),
    ),
  );
  fill(byId("customer-scope"), head.model.customer_scope);
  fill(byId("provider-scope"), head.model.provider_scope);
  fill(byId("below"), below.map((duty) => h("li", {}, h("strong", {}, duty.name), h("span", {}, duty.holds.join(", ")))));
}

function dutyRow(duty) {
  const counts = dutyCounts(duty);
  const state = dutyState(duty, counts);
  const judged = sum(Object.values(counts)) > 0;
  const name = judged
    ? toFindings({ duty: duty.id, statuses: ["fail", "unknown", "excepted", "attested", "pass"] }, {}, duty.name)
    : duty.name;
  return h(
    "li",
    { class: `duty ${state}`, title: duty.scope },
    h("span", { class: "duty-name" }, name),
    state === "unlooked" ? bar([["unlooked", 1]]) : state === "signed" ? bar([["attested", 1]]) : standingBar(counts),
    h("span", { class: "duty-counts" }, dutyWords(duty, counts, judged)),
    spark(duty),
  );
}

function dutyWords(duty, counts, judged) {
  const words = [];
  if (judged) words.push(standingWords(counts));
  else if (duty.made > 0) words.push(head.partial ? "not reached" : "nothing of the kind in the account");
  else if (duty.checks > 0) words.push("none of its checks was made");
  else words.push("no check looks at it yet");
  if (duty.attested.length > 0) words.push(` · ${duty.attested.map((told) => short(told, 200)).join(" · ")}`);
  if (!judged && duty.made === 0 && duty.attested.length === 0 && duty.attestations.length > 0) {
    words.push(` · ${counted(duty.attestations.length, "statement")} to attest`);
  }
  if (duty.made > 0 && duty.made < duty.checks) {
    words.push(` · ${number(duty.checks - duty.made)} of ${counted(duty.checks, "check")} not made`);
  }
  return words;
}

function legend() {
  const entry = (style, word) => h("li", {}, bar([[style, 1]]), word);
  fill(
    byId("legend"),
    entry("pass", "pass"),
    entry("fail", "fail"),
    entry("unknown", "unknown: could not be seen"),
    entry("excepted", "fails, by an exception"),
    entry("attested", "attested by a person"),
    entry("unlooked", "not looked at"),
  );
}

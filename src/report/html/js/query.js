// ---- Which findings, and in which order ----

const ANY = { duty: "", service: "", account: "", region: "", framework: "", owner: "", check: "", control: "" };
const NEEDS_ATTENTION = ["fail", "unknown"];

let query = fresh();

function fresh() {
  return { ...ANY, words: "", statuses: new Set(NEEDS_ATTENTION), severities: new Set(SEVERITIES), group: "check" };
}

/** The query as a part of the page's address, so that it can be bookmarked; only what is not as at first. */
function toAddress() {
  const parameters = new URLSearchParams();
  const first = fresh();
  for (const name of ["words", "group", ...Object.keys(ANY)]) {
    if (query[name] !== first[name]) parameters.set(name, query[name]);
  }
  for (const name of ["statuses", "severities"]) {
    const set = [...query[name]];
    if (set.length !== first[name].size || set.some((value) => !first[name].has(value))) parameters.set(name, set.join(","));
  }
  return parameters.size > 0 ? `#findings?${parameters}` : "#findings";
}

function fromAddress(address) {
  const [, text] = address.split("?", 2);
  const parameters = new URLSearchParams(text ?? "");
  const asked = {};
  for (const [name, value] of parameters) {
    if (name === "statuses") asked.statuses = value.split(",").filter((status) => head.statusOrder.includes(status));
    else if (name === "severities") asked.severities = value.split(",").filter((severity) => SEVERITIES.includes(severity));
    else if (Object.hasOwn(ANY, name) || name === "words" || (name === "group" && Object.hasOwn(GROUPS, value))) asked[name] = value;
  }
  return asked;
}

/** A fresh query with what is asked for. */
function asked({ statuses, severities, ...rest }) {
  const made = { ...fresh(), ...rest };
  if (statuses) made.statuses = new Set(statuses);
  if (severities) made.severities = new Set(severities);
  return made;
}

/** The findings that the query wants, what needs attention first and then what is most severe. */
function matches() {
  const { framework, control, check: id, duty, service, severities, statuses, account, region, owner } = query;
  const wantedChecks = head.checks.map((check) => {
    if (!severities.has(check.severity)) return false;
    if ((duty && check.duty !== duty) || (service && check.service !== service) || (id && check.id !== id)) return false;
    const controls = framework && Object.hasOwn(check.controls, framework) && check.controls[framework];
    return !framework || Boolean(controls && (!control || controls.includes(control)));
  });
  const wantedStatuses = head.statuses.map((status) => statuses.has(status));
  const wantedAccounts = head.account_ids.map((it) => !account || it === account);
  const wantedRegions = head.regions.map((it) => !region || it === region);
  const speaks = words();
  const rank = ranks();
  const buckets = rank.order.map(() => []);
  for (let finding = 0; finding < head.findings; finding += 1) {
    const at = finding * NUMBERS;
    const check = numbers[at + CHECK];
    const status = numbers[at + STATUS];
    if (!wantedChecks[check] || !wantedStatuses[status]) continue;
    if (!wantedAccounts[numbers[at + ACCOUNT]] || !wantedRegions[numbers[at + REGION]]) continue;
    if (owner && textOf(finding, OWNER) !== owner) continue;
    if (!speaks(finding)) continue;
    buckets[rank.of[status][check]].push(finding);
  }
  return buckets.flat();
}

/** The place of each status and check in the order. */
function ranks() {
  const order = head.statusOrder.flatMap((status) => SEVERITIES.map((severity) => `${status} ${severity}`));
  const of = head.statuses.map((status) => head.checks.map((check) => order.indexOf(`${status} ${check.severity}`)));
  return { order, of };
}

/** Whether a finding has every word of the search in it, in whatever case. */
function words() {
  const wanted = query.words.split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return () => true;
  const tests = wanted.map((word) => {
    const pattern = new RegExp(word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "iu");
    const has = (text) => pattern.test(text);
    return {
      pattern,
      checks: head.checks.map((check) => has(`${check.id} ${check.title} ${check.duty} ${check.service}`)),
      regions: head.regions.map(has),
      accounts: head.account_ids.map((id) => has(`${id} ${head.accounts.find((account) => account.id === id)?.name ?? ""}`)),
      types: head.types.map(has),
    };
  });
  return (finding) => {
    const at = finding * NUMBERS;
    return tests.every(
      ({ pattern, checks, regions, accounts, types }) =>
        checks[numbers[at + CHECK]] ||
        regions[numbers[at + REGION]] ||
        accounts[numbers[at + ACCOUNT]] ||
        types[numbers[at + TYPE]] ||
        pattern.test(textOf(finding, MESSAGE)) ||
        pattern.test(textOf(finding, ARN)) ||
        pattern.test(textOf(finding, ID)) ||
        // The words before a name are ours, and would be found everywhere.
        pattern.test(textOf(finding, OWNER).replace(/^(account|stack) /, "")),
    );
  };
}

// What findings can be grouped by: the groups a finding belongs to, and what a group is called.
const GROUPS = {
  none: { word: "nothing" },
  check: { word: "check", of: (finding) => [checkOf(finding).id], name: (id) => head.checks[head.byCheck.get(id)].title },
  duty: { word: "duty", of: (finding) => [checkOf(finding).duty], name: dutyName },
  service: { word: "service", of: (finding) => [checkOf(finding).service], name: serviceName },
  account: { word: "account", of: (finding) => [accountOf(finding)], name: accountNamed },
  region: { word: "region", of: (finding) => [regionOf(finding)], name: (region) => region },
  framework: { word: "framework", of: frameworksOf, name: frameworkName },
  owner: { word: "owner", of: (finding) => [textOf(finding, OWNER)], name: (owner) => owner },
};

function dutyName(id) {
  return head.model.duties.find((duty) => duty.id === id).name;
}

function serviceName(id) {
  return head.services.find((service) => service.id === id).name;
}

function accountNamed(id) {
  const account = head.accounts.find((it) => it.id === id);
  return account ? accountName(account) : id;
}

function frameworkName(id) {
  const framework = head.frameworks.find((it) => it.id === id);
  return framework ? `${framework.name} ${framework.version}` : "no framework asks for it";
}

function frameworksOf(finding) {
  const ids = Object.keys(checkOf(finding).controls);
  return ids.length > 0 ? ids : [""];
}

/** The findings in groups: the group with the worst finding first, then the largest. */
function grouped(findings) {
  const { of, name } = GROUPS[query.group];
  const groups = new Map();
  for (const finding of findings) {
    for (const key of of(finding)) {
      const group = groups.get(key);
      if (group) group.findings.push(finding);
      else groups.set(key, { key, name: name(key), findings: [finding], counts: null });
    }
  }
  // Findings come worst first, so the first of a group is its worst.
  const rank = ranks();
  const worst = ({ findings: [at] }) => rank.of[numbers[at * NUMBERS + STATUS]][numbers[at * NUMBERS + CHECK]];
  const sorted = [...groups.values()].sort((a, b) => worst(a) - worst(b) || b.findings.length - a.findings.length);
  for (const group of sorted) {
    group.counts = noCounts();
    for (const finding of group.findings) group.counts[statusOf(finding)] += 1;
  }
  return sorted;
}

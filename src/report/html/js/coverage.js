// ---- What was not seen, and what would show it ----

// What the reasons of the report mean, and what helps.
const REASONS = {
  denied: "AWS refused the call for want of permission",
  throttled: "AWS kept asking to slow down; scan again at a quieter time",
  unreachable: "no connection, or it broke off; scan again",
  timeout: "no answer in time; scan again",
  credentials: "the credentials were not accepted",
  expired: "the credentials ran out; go on with --resume",
  "region-disabled": "the region is not enabled for the account",
  "not-in-region": "the service does not answer in this region",
  "service-error": "AWS answered with an error of its own; scan again",
  "left-out": "the scan was told not to look there",
  "not-recorded": "the recording does not hold this read",
  malformed: "the answer could not be understood",
  "other-account": "it belongs to another account, which this scan cannot see",
  undecided: "what was read does not settle the question",
  gone: "the resource was gone when its details were asked for",
  interrupted: "the scan was stopped first; go on with --resume",
  internal: "a defect in Plimsoll; please report it",
};

function coverage() {
  const { unknown, to_allow: toAllow } = head.coverage;
  const reached = head.findings - head.all.unknown - head.all.attested;
  fill(
    byId("coverage-body"),
    h(
      "div",
      { class: "gauge" },
      bar([
        ["reached", reached],
        ["attested", head.all.attested],
        ["unknown", head.all.unknown],
      ]),
      h(
        "p",
        {},
        h("strong", {}, `${number(reached)} of ${counted(head.findings, "judgement")} reached.`),
        head.all.attested > 0 && [` People answer for `, toFindings({ statuses: ["attested"] }, {}, number(head.all.attested)), "."],
        head.all.unknown > 0 ? [` ${number(head.all.unknown)} are `, toFindings({ statuses: ["unknown"] }, {}, "unknown"), "."] : " None is unknown.",
      ),
    ),
    toAllow.length > 0 && permissions(toAllow),
    unknown.length > 0 && reasons(unknown),
    accounts(),
    head.off.length > 0 && turnedOff(),
    head.signed.length > 0 && signatures(),
  );
}

const PERMISSIONS_SHOWN = 12;

function permissions(toAllow) {
  const policy = {
    Version: "2012-10-17",
    Statement: [{ Sid: "PlimsollSeesMore", Effect: "Allow", Action: toAllow.map(({ action }) => action), Resource: "*" }],
  };
  const rows = toAllow.map(({ action, checks, judgements }) => [
    h("code", {}, action),
    h("span", { title: checks.join(", ") }, counted(checks.length, "check")),
    number(judgements),
  ]);
  const shownAs = (some) => table("Permissions that would show more", ["Allow", "#to complete", "#judgements"], some, "compact");
  return [
    h("h3", {}, "Which permission would show it"),
    shownAs(rows.slice(0, PERMISSIONS_SHOWN)),
    rows.length > PERMISSIONS_SHOWN &&
      h("details", {}, h("summary", {}, `${number(rows.length - PERMISSIONS_SHOWN)} more`), shownAs(rows.slice(PERMISSIONS_SHOWN))),
    h("p", { class: "with-copy" }, `All ${number(toAllow.length)} as a policy for the identity that scans: `, copyButton(JSON.stringify(policy, null, 2), "policy")),
  ];
}

/** The reasons, each with the calls it was given for. */
function reasons(unknown) {
  const byMeaning = new Map();
  for (const { reason, action, judgements } of unknown) {
    const told = meaning(reason, action);
    const row = byMeaning.get(reason + told) ?? { reason, told, judgements: 0, actions: [] };
    row.judgements += judgements;
    row.actions.push([action, judgements]);
    byMeaning.set(reason + told, row);
  }
  const rows = [...byMeaning.values()].sort((a, b) => b.judgements - a.judgements);
  return [
    h("h3", {}, "Why judgements were not reached"),
    table(
      "Reasons for unknown judgements",
      ["Reason", "Calls, with the judgements that needed them", "#judgements"],
      rows.map(({ reason, told, judgements, actions }) => [
        [h("strong", {}, reason), h("br"), h("span", { class: "faint" }, told)],
        h("ul", { class: "calls" }, actions.map(([action, count]) => h("li", {}, h("code", {}, action), ` ${number(count)}`))),
        number(judgements),
      ]),
    ),
  ];
}

/** What a reason means. A refusal that no permission would lift was made by a policy that forbids, or does not allow. */
function meaning(reason, action) {
  if (reason !== "denied" || head.coverage.to_allow.some((grant) => grant.action === action)) return REASONS[reason] ?? "";
  return "a policy forbids it, such as an explicit deny; to allow it elsewhere does not help";
}

function accounts() {
  const notLooked = (account) => {
    if (account.caller === null) return "";
    if (account.left_out === null) return "which others are enabled is not known";
    return account.left_out.length === 0 ? "all that are enabled" : `not looked at: ${account.left_out.join(", ")}`;
  };
  const rows = head.accounts.map((account) => [
    [accountName(account), account.partition !== "aws" && h("span", { class: "faint" }, ` ${account.partition}`)],
    [account.state, account.detail && [h("br"), h("span", { class: "faint wrap" }, short(account.detail, 300))]],
    [account.regions.join(", "), h("br"), h("span", { class: "faint" }, notLooked(account))],
    h("span", { class: "wrap" }, account.caller ?? "nobody"),
    number(account.requests),
    number(head.fails.accounts.get(account.id) ?? 0),
  ]);
  return [h("h3", {}, "Accounts"), table("Accounts", ["Account", "State", "Regions", "Read by", "#requests", "#failing"], rows)];
}

/** What people have signed: what has to be looked at again comes first. */
function signatures() {
  const rank = ({ state, reopened }) => (reopened ? 0 : state === "untried" ? 1 : 2);
  const rows = [...head.signed]
    .sort((a, b) => rank(a) - rank(b))
    .map(({ state, reopened, because, about, covers, entry }) => [
      [h("strong", {}, about), h("br"), h("span", { class: "faint" }, entry.kind)],
      [h("span", { class: `count ${reopened ? "fail" : state === "untried" ? "unknown" : "attested"}` }, state.replaceAll("-", " ")), h("br"), h("span", { class: "wrap" }, short(because, 400))],
      [short(entry.owner, 120), h("br"), h("span", { class: "faint" }, `until ${entry.expires}`)],
      h("span", { class: "wrap" }, short(entry.statement ?? entry.reason ?? "", 400)),
      `${entry.file}:${entry.line}`,
      number(covers),
    ]);
  return [
    h("h3", {}, "Attestations and exceptions"),
    table("What people have signed", ["About", "State", "Owner", "What is signed", "Written in", "#findings"], rows),
  ];
}

function turnedOff() {
  const rows = head.off.map(({ check, title, reason, file, line: at }) => [
    [title, h("br"), h("span", { class: "faint" }, check)],
    reason,
    `${file}:${at}`,
  ]);
  return [h("h3", {}, "Not examined by configuration"), table("Checks that are off", ["Check", "Reason", "Laid down in"], rows)];
}

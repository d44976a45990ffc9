// ---- Every read, and what became of it ----

const LEDGER_HEADINGS = ["Read", "Calls", "Regions", "What became of it", "#records", "#requests"];
// As many lie open; more are laid out when somebody looks.
const UNSEEN_OPEN = 12;
const UNSEEN_SHOWN = 500;

function ledger() {
  const entries = head.ledger;
  const unseen = entries.filter((entry) => entry.missing.length > 0);
  const whole = byKind(entries.filter((entry) => entry.missing.length === 0));
  const requests = sum(entries.map((entry) => entry.requests));
  fill(
    byId("ledger-sum"),
    `${counted(entries.length, "read")} by kind and region, with ${counted(requests, "request")}; `,
    unseen.length === 0 ? "each saw everything." : `${number(unseen.length)} did not see everything.`,
  );
  unfolds(byId("ledger-unseen"), `What did not see everything: ${counted(unseen.length, "read")}`, () => [
    table("Reads that did not see everything", LEDGER_HEADINGS, unseen.slice(0, UNSEEN_SHOWN).map(ledgerRow), "ledger"),
    unseen.length > UNSEEN_SHOWN && h("p", { class: "faint" }, `and ${number(unseen.length - UNSEEN_SHOWN)} more; the JSON report lists all`),
  ]);
  byId("ledger-unseen").hidden = unseen.length === 0;
  byId("ledger-unseen").open = unseen.length > 0 && unseen.length <= UNSEEN_OPEN;
  unfolds(byId("ledger-all"), `What saw everything: ${counted(whole.length, "kind")} of read`, () => [
    table("Reads that saw everything", LEDGER_HEADINGS, whole.map(wholeRow), "ledger"),
  ]);
}

/** A part whose content is laid out when it is first opened. */
function unfolds(details, name, content) {
  fill(details, h("summary", {}, name));
  details.addEventListener("toggle", () => details.append(...nodes(content())), { once: true });
}

/** Reads of one kind that saw everything, as one line for all regions. */
function byKind(entries) {
  const kinds = new Map();
  for (const { read, actions, region, detail, records, requests } of entries) {
    const kind = kinds.get(read) ?? { read, actions, detail, regions: [], records: 0, requests: 0 };
    kind.regions.push(region);
    kind.records += records;
    kind.requests += requests;
    kinds.set(read, kind);
  }
  return [...kinds.values()];
}

function wholeRow({ read, actions, detail, regions, records, requests }) {
  const where = regions.length > 4 ? h("span", { title: regions.join(", ") }, counted(regions.length, "region")) : regions.join(", ");
  return [read, actions.join(", "), where, readState("pass", records === 0 && !detail ? "complete: there is none" : "complete"), number(records), number(requests)];
}

function readState(style, word) {
  return h("span", { class: `status ${style}` }, icon(style), word);
}

function ledgerRow({ account, read, actions, region, complete, records, requests, missing }) {
  const because = missing.map((group) => {
    const more = group.resources > 1 ? ` and ${number(group.resources - 1)} more` : "";
    const of = group.resources > 0 ? ` (${short(group.first, 200)}${more})` : "";
    return h("li", {}, h("strong", {}, group.reason), ` ${group.action}${of}: ${short(group.detail, 300)}`);
  });
  return [
    read,
    actions.join(", "),
    account ? [accountNamed(account), h("br"), region] : region,
    [readState("unknown", complete + records > 0 ? "partial" : "unread"), h("ul", { class: "because" }, because)],
    number(records),
    number(requests),
  ];
}

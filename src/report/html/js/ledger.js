// ---- Every read, and what became of it ----

const UNSEEN_SHOWN = 300;

function ledger() {
  const entries = head.ledger;
  const unseen = entries.filter((entry) => entry.missing.length > 0);
  const requests = sum(entries.map((entry) => entry.requests));
  fill(
    byId("ledger-sum"),
    `${counted(entries.length, "read")} by kind and region, with ${counted(requests, "request")}; `,
    unseen.length === 0 ? "each saw everything." : `${number(unseen.length)} did not see everything.`,
  );
  if (unseen.length > 0) {
    fill(
      byId("ledger-unseen"),
      h("h3", {}, "What did not see everything"),
      table("Reads that did not see everything", ["Read", "Calls", "Region", "What became of it", "#records", "#requests"], unseen.slice(0, UNSEEN_SHOWN).map(ledgerRow), "compact ledger"),
      unseen.length > UNSEEN_SHOWN && h("p", { class: "faint" }, `and ${number(unseen.length - UNSEEN_SHOWN)} more; the JSON report lists all`),
    );
  }
  const whole = byKind(entries.filter((entry) => entry.missing.length === 0));
  const details = byId("ledger-all");
  details.addEventListener(
    "toggle",
    () => details.append(table("Reads that saw everything", ["Read", "Calls", "Regions", "What became of it", "#records", "#requests"], whole.map(wholeRow), "compact ledger")),
    { once: true },
  );
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

function ledgerRow({ read, actions, region, complete, records, requests, missing }) {
  const because = missing.map((group) => {
    const more = group.resources > 1 ? ` and ${number(group.resources - 1)} more` : "";
    const of = group.resources > 0 ? ` (${short(group.first, 200)}${more})` : "";
    return h("li", {}, h("strong", {}, group.reason), ` ${group.action}${of}: ${short(group.detail, 300)}`);
  });
  return [
    read,
    actions.join(", "),
    region,
    [readState("unknown", complete + records > 0 ? "partial" : "unread"), h("ul", { class: "because" }, because)],
    number(records),
    number(requests),
  ];
}

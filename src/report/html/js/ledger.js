// ---- Every read, and what became of it ----

function ledger() {
  const entries = head.ledger;
  const unseen = entries.filter((entry) => entry.missing.length > 0);
  const requests = sum(entries.map((entry) => entry.requests));
  fill(
    byId("ledger-sum"),
    `${counted(entries.length, "kind")} of read by region, ${counted(requests, "request")}; `,
    unseen.length === 0 ? "every one saw everything." : `${number(unseen.length)} did not see everything, and come first.`,
  );
  const rows = [...unseen, ...entries.filter((entry) => entry.missing.length === 0)].map(ledgerRow);
  const details = byId("ledger-all");
  details.addEventListener(
    "toggle",
    () => details.append(table("The ledger", ["Read", "Calls", "Region", "State", "#records", "#requests"], rows, "compact ledger")),
    { once: true },
  );
  if (unseen.length > 0) details.open = true;
}

function ledgerRow({ read, actions, region, detail, complete, records, requests, missing }) {
  const seen = complete + records > 0;
  const state = missing.length === 0 ? (records === 0 && !detail ? "complete, there is none" : "complete") : seen ? "partial" : "unread";
  const because = missing.map((group) => {
    const of = group.resources === 0 ? "" : group.resources === 1 ? ` (${group.first})` : ` (${group.first} and ${number(group.resources - 1)} more)`;
    return h("li", {}, h("strong", {}, group.reason), ` ${group.action}${of}: ${short(group.detail, 300)}`);
  });
  return [
    read,
    h("span", { class: "wrap" }, actions.join(", ")),
    region,
    [
      h("span", { class: `status ${missing.length === 0 ? "pass" : "unknown"}` }, icon(missing.length === 0 ? "pass" : "unknown"), state),
      because.length > 0 && h("ul", { class: "because" }, because),
    ],
    number(records),
    number(requests),
  ];
}

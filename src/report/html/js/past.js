// ---- What earlier scans have found ----

// What needs somebody, from the ground up. Passes would dwarf it; they stand in the table.
const OPEN = ["fail", "unknown", "excepted", "attested"];
// Scans whose numbers are read out for a duty.
const READ_OUT = 6;

function past() {
  if (!head.past) return;
  const { scans, earlier } = head.past;
  byId("past").hidden = false;
  byId("past-link").hidden = false;
  fill(byId("past-scans"), scans.length === 1 ? "of which this is the first" : `the last ${number(scans.length)}${earlier > 0 ? ` of ${number(scans.length + earlier)}` : ""}`);
  fill(byId("past-chart"), pastChart(scans));
  unfolds(byId("past-table"), "The same as a table", () => [pastTable(scans)]);
  fill(byId("past-oldest"), h("h3", {}, "What has failed for longest"), oldest());
  fill(byId("past-fixed"), h("h3", {}, "Mean time to fix"), fixes());
}

/** How all findings of a scan stand; nothing if it judged nothing. */
function totals(scan) {
  const duties = Object.values(scan.duties);
  if (duties.length === 0) return null;
  return Object.fromEntries(STATUSES.map((status) => [status, sum(duties.map((counts) => counts[status] ?? 0))]));
}

function openIn(counts) {
  return sum(OPEN.map((status) => counts[status] ?? 0));
}

/** Columns on one ground, as high as what is open; a scan that judged nothing is a gap. */
function columns(all, marks = []) {
  const most = Math.max(1, ...all.map((counts) => (counts ? openIn(counts) : 0)));
  return all.map((counts, index) => {
    const column = h("span", { class: `column ${counts ? "" : "gap"} ${marks[index] ? "cut" : ""}` });
    if (!counts) return column;
    const shown = OPEN.filter((status) => counts[status] > 0);
    const pile = h("span", { class: "pile" }, shown.map((status) => segment(status, counts[status])));
    pile.style.height = `${(100 * openIn(counts)) / most}%`;
    column.append(pile);
    return column;
  });
}

function pastChart(scans) {
  const all = scans.map(totals);
  const most = Math.max(0, ...all.map((counts) => (counts ? openIn(counts) : 0)));
  const begin = scans[0].started.slice(0, 10);
  const end = scans.at(-1).started.slice(0, 10);
  const less = scans.map((scan) => lookedAtLess(scan, scans));
  const said = `Open findings in ${counted(scans.length, "scan")}, ${begin} to ${end}: ${pastWords(all)}. The table below has every number.`;
  const figure = h(
    "figure",
    { class: "past" },
    h("div", { class: "chart", role: "img", "aria-label": said }, h("span", { class: "most" }, number(most)), h("span", { class: "columns" }, columns(all, less))),
    h("figcaption", {}, h("span", {}, begin), less.some(Boolean) && h("span", {}, "▵ looked at less"), scans.length > 1 && h("span", {}, end)),
  );
  figure.style.maxWidth = `min(100%, ${Math.max(22, scans.length * 3)}rem)`;
  return figure;
}

/** In what a scan looked at less than the widest: it found less, and nothing is better for it. */
function lookedAtLess(scan, scans) {
  const most = Math.max(...scans.map(({ checks }) => checks));
  const said = [scan.partial && "stopped before its end", scan.checks < most && `made ${number(scan.checks)} of ${counted(most, "check")}`];
  return said.filter(Boolean).join(", ");
}

/** The first and the last numbers, in words. */
function pastWords(all) {
  const told = (counts) => (counts ? `${number(counts.fail)} fail and ${number(counts.unknown)} are unknown` : "nothing was judged");
  return all.length === 1 ? told(all[0]) : `in the first ${told(all[0])}, in the last ${told(all.at(-1))}`;
}

function pastTable(scans) {
  const statuses = [...OPEN, "pass"];
  const rows = scans.toReversed().map((scan) => {
    const counts = totals(scan);
    const note = [lookedAtLess(scan, scans), !counts && "nothing was judged"].filter(Boolean).join(", ");
    return [time(scan.started), ...statuses.map((status) => (counts ? number(counts[status]) : "–")), note];
  });
  return table("Scans, the last first", ["Began", ...statuses.map((status) => `#${statusWord(status)}`), "Note"], rows);
}

/** How a duty has stood, scan by scan. A scan that found nothing of it is a gap, and not a nought. */
function spark(duty) {
  if (!head.past || head.past.scans.length < 2) return null;
  const all = head.past.scans.map((scan) => scan.duties[duty.id] ?? null);
  if (all.every((counts) => counts === null)) return null;
  const last = all.slice(-READ_OUT).map((counts) => (counts ? `${number(counts.fail ?? 0)} fail, ${number(counts.unknown ?? 0)} unknown` : "nothing judged"));
  const label = `Over time, the last ${counted(last.length, "scan")}: ${last.join("; ")}`;
  const small = h("span", { class: "spark", role: "img", "aria-label": label, title: label }, columns(all));
  small.style.maxWidth = `min(100%, ${all.length * 0.5}rem)`;
  return small;
}

function oldest() {
  const { oldest: failures, failing } = head.past;
  if (failures.length === 0) return h("p", { class: "nothing" }, "Nothing fails.");
  const rows = failures.map((it) => {
    const told = it.unseen > 0 ? `, not seen in ${counted(it.unseen, "scan")}` : "";
    return [
      h("span", { class: "wrap" }, h("code", {}, short(it.resource, 120)), h("br"), h("small", {}, `${it.check} · ${it.account} · ${it.region}`)),
      severity(it.severity),
      `${it.began_in_sight ? "" : "at least "}${counted(it.days, "day")}`,
      `${it.since.slice(0, 10)}${told}`,
    ];
  });
  return [
    table("What has failed for longest", ["Resource", "Severity", "#Fails for", "Since"], rows),
    failing > failures.length && h("p", { class: "faint" }, `and ${number(failing - failures.length)} more; “plimsoll history” lists all`),
  ];
}

function fixes() {
  const entries = SEVERITIES.filter((name) => head.past.fixed[name]).map((name) => [name, head.past.fixed[name]]);
  if (entries.length === 0) return h("p", { class: "nothing" }, "Nothing was seen to be fixed yet.");
  const rows = entries.map(([name, it]) => [severity(name), it.seconds === null ? "not known" : lasting(it.seconds), number(it.count), number(it.left_out)]);
  return [
    table("Mean time to fix, by severity", ["Severity", "#Mean", "#Fixed", "#Not counted"], rows),
    h("p", { class: "faint" }, "Counted is what was seen to begin and to end; what was fixed while no scan looked is not."),
  ];
}

function lasting(seconds) {
  const hours = seconds / 3600;
  return hours < 48 ? counted(Math.round(hours), "hour") : `${(hours / 24).toFixed(1)} days`;
}

// ---- One finding, with all it rests on ----

/** Whether list and detail stand side by side. */
function isWide() {
  return matchMedia("(min-width: 64rem)").matches;
}

let shown = null;

/** Shows a finding beside the list, or above everything where there is no room beside it. */
async function openDetail(finding, movesFocus) {
  if (isWide()) {
    await showDetail(finding);
    if (movesFocus) byId("detail").querySelector("h3")?.focus();
    return;
  }
  fill(byId("sheet-body"), await detail(finding));
  byId("sheet").showModal();
}

async function showDetail(finding) {
  shown = finding;
  const content = await detail(finding);
  // Another may have been asked for in the meantime.
  if (shown === finding) fill(byId("detail"), content);
}

function closeDetail() {
  shown = null;
  byId("sheet").close();
  fill(byId("detail"), h("p", { class: "faint" }, "Choose a finding to see what it rests on and how to fix it."));
}

async function detail(finding) {
  const check = checkOf(finding);
  const { id, tags, resource_owner: owner, unknown, evidence, accepted } = await detailOf(finding);
  const arn = textOf(finding, ARN);
  return [
    h("p", { class: "badges" }, status(statusOf(finding)), severity(check.severity)),
    h("h3", { tabindex: "-1" }, check.title),
    h("p", { class: "message" }, h("strong", { class: "id" }, resourceOf(finding)), " ", textOf(finding, MESSAGE)),
    h(
      "dl",
      { class: "facts" },
      fact("ARN", [h("code", {}, arn), copyButton(arn, "ARN")]),
      fact("Type", typeOf(finding)),
      fact("Account", accountNamed(accountOf(finding))),
      fact("Region", regionOf(finding)),
      fact("Duty", dutyName(check.duty)),
      fact("Belongs to", [short(owner.name, 120), owner.place && h("span", { class: "faint" }, ` by ${owner.from === "file" ? "" : "tag "}${short(owner.place, 120)}`)]),
      Object.keys(tags).length > 0 && fact("Tags", h("ul", { class: "tags" }, Object.entries(tags).map(tag))),
    ),
    accepted && signed(accepted),
    unknown && whyUnknown(unknown),
    h("h4", {}, "Why it matters"),
    h("div", { class: "prose" }, prose(check.why)),
    h("h4", {}, "Fix"),
    h("div", { class: "prose" }, prose(check.fix)),
    h("h4", {}, "What it rests on"),
    evidence.length === 0 ? h("p", { class: "faint" }, "No call was made.") : h("ol", { class: "evidence" }, evidence.map(call)),
    controlsOf(check),
    h("h4", {}, "Source"),
    h("p", {}, check.source.replace(/\n/g, " ")),
    h("p", { class: "faint" }, "Check ", h("code", {}, check.id), " · finding ", h("code", {}, id)),
  ];
}

/** Who has signed for a finding: by whom, until when, why. */
function signed({ kind, statement, reason, owner, approver, ticket, evidence, date, expires, file, line: at }) {
  const proof = evidence && [evidence.link, evidence.sha256 && h("span", { class: "faint" }, ` SHA-256 ${evidence.sha256}`)];
  return [
    h("h4", {}, kind === "exception" ? "Accepted by an exception" : "Attested by a person"),
    h(
      "dl",
      { class: "facts" },
      statement && fact("Statement", short(statement, 600)),
      reason && fact("Reason", short(reason, 600)),
      fact("Owner", short(owner, 120)),
      approver && fact("Approver", short(approver, 120)),
      ticket && fact("Ticket", short(ticket, 300)),
      proof && fact("Evidence", proof),
      date && fact("Signed", date),
      fact("Holds until", expires),
      fact("Written in", `${file}:${at}`),
    ),
  ];
}

function tag([key, value]) {
  return h("li", {}, h("b", {}, short(key, 128)), value === "" ? "" : ` = ${short(value, 256)}`);
}

function whyUnknown({ reason, action, detail: said }) {
  return [
    h("h4", {}, "Why it is unknown"),
    h("p", {}, h("strong", {}, reason), ` at `, h("code", {}, action), REASONS[reason] && `: ${REASONS[reason]}.`),
    h("pre", { class: "said", tabindex: "0" }, lines(said)),
  ];
}

function call({ action, account, region, request_id: request, at, fields }) {
  return h(
    "li",
    {},
    h("code", {}, action),
    ` in ${account ? `account ${account}, ` : ""}${region}, ${time(at)}`,
    request && [h("br"), h("span", { class: "faint" }, "request ", h("code", {}, request))],
    Object.keys(fields).length > 0 && h("pre", { tabindex: "0" }, lines(JSON.stringify(fields, null, 2))),
  );
}

/** Text of several lines, each made harmless by itself. */
function lines(text) {
  return text.split("\n").flatMap((line, index) => (index === 0 ? [line] : [document.createTextNode("\n"), line]));
}

function controlsOf(check) {
  const named = Object.entries(check.controls);
  if (named.length === 0) return null;
  return [h("h4", {}, "Asked for by"), h("dl", { class: "facts" }, named.map(([framework, ids]) => fact(frameworkName(framework), ids.join(", "))))];
}

// ---- How frameworks stand ----

const CONTROL_STATUSES = {
  fail: ["fail", "fail"],
  incomplete: ["unknown", "incomplete"],
  "needs-person": ["person", "needs a person"],
  excepted: ["excepted", "excepted"],
  attested: ["attested", "attested"],
  pass: ["pass", "pass"],
  "not-applicable": ["not-applicable", "concerns nothing here"],
  provider: ["provider", "AWS’s side"],
};

function controlStatus(status) {
  return CONTROL_STATUSES[status] ?? ["other", status];
}

function frameworks() {
  fill(byId("framework-list"), head.frameworks.map(frameworkRow));
  fill(
    byId("framework-legend"),
    Object.values(CONTROL_STATUSES).map(([style, word]) => h("li", {}, bar([[style, 1]]), word)),
  );
}

function frameworkRow(framework) {
  const counts = new Map();
  for (const { status } of framework.controls) counts.set(status, (counts.get(status) ?? 0) + 1);
  const order = [...Object.keys(CONTROL_STATUSES), ...[...counts.keys()].filter((status) => !CONTROL_STATUSES[status])];
  const told = order.filter((status) => counts.has(status));
  const details = h(
    "details",
    { class: "framework" },
    h(
      "summary",
      {},
      h("span", { class: "framework-name" }, `${framework.name} ${framework.version}`),
      bar(told.map((status) => [controlStatus(status)[0], counts.get(status)])),
      h(
        "span",
        { class: "duty-counts" },
        told.map((status, index) => `${index > 0 ? " · " : ""}${number(counts.get(status))} ${controlStatus(status)[1]}`),
      ),
    ),
  );
  // Some have hundreds of controls: they are laid out when somebody looks.
  details.addEventListener("toggle", () => details.append(controls(framework)), { once: true });
  return details;
}

function controls(framework) {
  const rows = framework.controls.map(({ id, title, status, because, checks }) => {
    const [style, word] = controlStatus(status);
    const judged = checks.some((check) => head.byCheck.has(check));
    const query = { framework: framework.id, control: id, statuses: ["fail", "unknown", "excepted", "attested", "pass"] };
    return [
      id,
      [judged ? toFindings(query, {}, title) : title, h("ul", { class: "because" }, because.map((reason) => h("li", {}, reason)))],
      h("span", { class: `status ${style}` }, icon(style), word),
    ];
  });
  return table(`Controls of ${framework.name} ${framework.version}`, ["Control", "What it asks for, and why it stands so", "Status"], rows, "controls");
}

// ---- The line through each service in use ----

function services() {
  const used = head.services.filter(({ shown }) => shown).map((service) => ({ service, counts: countsOf((check) => check.service === service.id) }));
  const models = head.model.service_models
    .map((model) => ({ model, used: used.filter(({ service }) => service.model === model.id) }))
    .filter((entry) => entry.used.length > 0);
  fill(byId("models"), models.map(serviceModel));
  fill(byId("unused"), head.other_services.join(" "));
  heat(used);
}

function serviceModel({ model, used }) {
  const told = model.id === "account" ? "Services that govern the others" : model.id;
  return h(
    "section",
    { class: "model" },
    h("h3", {}, told),
    h(
      "div",
      { class: "parts" },
      h("p", { class: "yours" }, h("span", { class: "side" }, "You secure"), model.customer.join(", ")),
      h("p", { class: "theirs" }, h("span", { class: "side" }, "AWS secures"), model.provider.join(", ")),
    ),
    h("ul", { class: "services" }, used.map(serviceRow)),
  );
}

function serviceRow({ service, counts }) {
  const wrong = head.model.misunderstandings.filter((found) => found.services.includes(service.id));
  const judged = sum(Object.values(counts)) > 0;
  return h(
    "li",
    {},
    h(
      "div",
      { class: "service" },
      h("span", { class: "duty-name" }, judged ? toFindings({ service: service.id }, {}, service.name) : service.name),
      judged ? standingBar(counts) : bar([["unlooked", 1]]),
      h("span", { class: "duty-counts" }, judged && standingWords(counts), judged && service.unseen && " · ", (!judged || service.unseen) && service.in_use),
    ),
    counts.fail > 0 &&
      wrong.map(({ belief, reality }) =>
        h(
          "p",
          { class: "misunderstood" },
          h("span", {}, h("b", {}, "Often believed: "), `“${belief}”`),
          h("span", {}, h("b", {}, "In truth: "), reality),
        ),
      ),
  );
}

/** Where it fails: duties by services, the darker the more. */
function heat(used) {
  const columns = used.filter(({ counts }) => judgedIn(counts) > 0).map(({ service }) => service);
  const rows = head.model.duties
    .map((duty) => ({ duty, cells: columns.map((service) => countsOf((check) => check.duty === duty.id && check.service === service.id)) }))
    .filter(({ cells }) => cells.some((counts) => sum(Object.values(counts)) > 0));
  if (rows.length === 0) return;
  const most = Math.max(1, ...rows.flatMap(({ cells }) => cells.map((counts) => counts.fail)));
  fill(
    byId("heat"),
    h("h3", {}, "Where it fails: duty by service"),
    h(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": "Failing findings by duty and service" },
      h(
        "table",
        { class: "heat" },
        h("caption", { class: "offscreen" }, "Failing findings by duty and service"),
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Duty"), columns.map((service) => h("th", { scope: "col" }, h("span", {}, service.name))))),
        h(
          "tbody",
          {},
          rows.map(({ duty, cells }) => h("tr", {}, h("th", { scope: "row" }, duty.name), cells.map((counts, index) => heatCell(duty, columns[index], counts, most)))),
        ),
      ),
    ),
    h("p", { class: "faint" }, "A number says how many fail; “?” that nothing fails, but not everything could be seen; ⊘ that what fails is excepted; ✎ that people answer for what could not be seen; ✓ that all that was judged passes."),
  );
}

/** How many were judged, or could not be: all that concern anything. */
function judgedIn(counts) {
  return counts.fail + counts.unknown + counts.excepted + counts.attested + counts.pass;
}

function heatCell(duty, service, counts, most) {
  const judged = judgedIn(counts);
  const { who, told: state } = duty.cells[service.id];
  if (judged === 0) return h("td", { title: state }, h("span", { class: "offscreen" }, state));
  const [style, shown, told] = heatLook(counts, most);
  const query = { duty: duty.id, service: service.id, statuses: ["fail", "unknown", "excepted", "attested", "pass"] };
  const label = `${duty.name}, ${service.name}: ${told} (${who === "customer" ? "yours" : who})`;
  return h("td", {}, toFindings(query, { class: `cell ${style}`, "aria-label": label, title: label }, shown));
}

function heatLook(counts, most) {
  if (counts.fail > 0) {
    const step = Math.min(4, 1 + Math.floor((4 * Math.log(counts.fail)) / Math.log(most + 1)));
    return [`heat-${step}`, number(counts.fail), `${number(counts.fail)} fail`];
  }
  if (counts.unknown > 0) return ["heat-unknown", "?", `${number(counts.unknown)} unknown`];
  if (counts.excepted > 0) return ["heat-signed", "⊘", `${number(counts.excepted)} excepted`];
  if (counts.attested > 0) return ["heat-signed", "✎", `${number(counts.attested)} attested`];
  return ["heat-pass", "✓", `${number(counts.pass)} pass`];
}

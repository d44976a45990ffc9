// ---- On paper: the failing findings that matter most, in full, in place of the list ----

const PRINTED = 100;

/** Made ready before anyone prints: unpacking takes time that a browser does not give once it prints. */
async function preparePrint() {
  const saved = query;
  query = asked({ statuses: ["fail"], group: "check" });
  const failing = matches();
  const groups = grouped(failing.slice(0, PRINTED));
  query = saved;
  const sections = [];
  for (const group of groups) sections.push(await printed(group));
  fill(
    byId("printed"),
    h("h3", {}, failing.length > PRINTED ? `The first ${number(PRINTED)} of ${number(failing.length)} failing findings` : "Failing findings"),
    sections.length > 0 ? sections : h("p", {}, "Nothing fails."),
  );
  document.documentElement.dataset.print = "ready";
}

async function printed({ key, findings }) {
  const check = head.checks[head.byCheck.get(key)];
  const rows = [];
  for (const finding of findings) {
    const { evidence } = await detailOf(finding);
    const fields = evidence.filter((it) => Object.keys(it.fields).length > 0);
    rows.push([
      [h("span", { class: "id" }, short(resourceOf(finding), 200)), h("br"), h("span", { class: "faint" }, `${accountOf(finding)} ${regionOf(finding)}`)],
      [
        short(textOf(finding, MESSAGE), 600),
        fields.map((it) => h("div", { class: "faint" }, h("code", {}, it.action), " ", short(JSON.stringify(it.fields), 300))),
      ],
    ]);
  }
  return h(
    "section",
    { class: "printed" },
    h("h4", {}, severity(check.severity), " ", check.title),
    h("div", { class: "prose" }, prose(check.why), h("p", {}, h("b", {}, "Fix")), prose(check.fix)),
    table(check.title, ["Resource", "What is true of it"], rows),
  );
}

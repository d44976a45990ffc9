"""Opens the pages of a folder in a browser and looks at them: one line for each case, `ok NAME` or `not ok NAME: why`.

Usage: cases.py CHROMIUM FOLDER, where the folder holds NAME.html and NAME.json of the same scan.
"""

import base64
import gzip
import json
import re
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

CHROMIUM, FOLDER = sys.argv[1], Path(sys.argv[2])
WIDTHS = [360, 900, 1440]
SCHEMES = ["light", "dark"]

WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


class Tab:
    """A page that is open, and what it complained of."""

    def __init__(self, page):
        self.page = page
        self.complaints = []
        self.requests = []
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", lambda request: self.requests.append(request.url))
        page.add_init_script(WATCH)

    def text(self, selector):
        return self.page.locator(selector).inner_text()

    def count(self):
        """The number of findings that the list says it shows."""
        found = re.match(r"(?:All )?([\d,]+)", self.text("#count"))
        return int(found[1].replace(",", ""))

    def rows(self):
        return int(self.page.get_attribute("#list", "aria-rowcount")) - 1

    def until(self, holds):
        """Waits for something to hold. The page lets no string become script, so Playwright cannot wait inside it."""
        for _ in range(100):
            if holds():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError("it did not come to hold within five seconds")

    def check_quiet(self):
        violations = self.page.evaluate("window.violations")
        assert violations == [], violations
        assert self.complaints == [], self.complaints


@contextmanager
def opened(browser, name, width=1440, scheme="light", address="", ready="html[data-print=ready]", **context):
    """A page of the folder, once it is ready; it must have been content with everything when it is closed."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **context)
    context.set_default_timeout(20_000)
    tab = Tab(context.new_page())
    tab.page.goto((FOLDER / f"{name}.html").as_uri() + address)
    tab.page.wait_for_selector(ready)
    try:
        yield tab
        if context and ready != "noscript":
            tab.check_quiet()
    finally:
        context.close()


def report(name):
    return json.loads((FOLDER / f"{name}.json").read_text())


def findings_of(name, **wanted):
    return [it for it in report(name)["findings"] if all(it[key] in value for key, value in wanted.items())]


def choose(tab, name, value):
    tab.page.select_option(f"#{'group' if name == 'group' else f'choose-{name}'}", value)


def doctored(name, into, change):
    """A page with another head, as a scan of several accounts or a later program might write it."""
    page = (FOLDER / f"{name}.html").read_text()
    block = re.search(r'(id="head">)([^<]*)(</script>)', page)
    head = json.loads(gzip.decompress(base64.b64decode(block[2])))
    change(head)
    data = base64.b64encode(gzip.compress(json.dumps(head).encode())).decode()
    (FOLDER / f"{into}.html").write_text(page[: block.start(2)] + data + page[block.end(2) :])


CASES = []


def case(function):
    CASES.append((function.__name__, lambda browser: function(browser)))
    return function


def each(*values):
    """A case for each value."""

    def cases(function):
        for value in values:
            told = "_".join(str(part) for part in value) if isinstance(value, tuple) else value
            CASES.append((f"{function.__name__}[{told}]", lambda browser, value=value: function(browser, value)))
        return function

    return cases


# ---- alone ----


@each("mixed", "denied", "clean", "hostile")
def opens_from_disk_without_the_network_and_without_a_complaint(browser, name):
    with opened(browser, name) as tab:
        assert [url for url in tab.requests if not url.startswith(("file:", "data:"))] == []
        assert tab.page.title().endswith("· Plimsoll")


@case
def says_what_it_needs_where_scripts_are_off(browser):
    with opened(browser, "mixed", ready="noscript", java_script_enabled=False) as tab:
        assert "Allow scripts" in tab.text("body")


@case
def what_is_added_to_the_page_does_not_run(browser):
    with opened(browser, "mixed") as tab:
        tab.page.evaluate(
            """() => {
              const script = document.createElement("script");
              try { script.text = "window.hacked = 1"; document.body.append(script); } catch (error) { window.refused = error.name; }
              try { document.body.innerHTML += "<img src=x onerror=window.hacked=1>"; } catch (error) { window.refused = error.name; }
            }"""
        )
        assert tab.page.evaluate("window.hacked") is None
        assert tab.page.evaluate("window.refused") == "TypeError"
        # Those are what was tried here, not what the page did.
        tab.page.evaluate("window.violations = []")
        tab.complaints.clear()


# ---- hostile ----


@case
def names_that_are_markup_stay_text(browser):
    with opened(browser, "hostile") as tab:
        tab.page.check("input[value=pass]")
        tab.page.check("input[value=not-applicable]")
        for name in ["<img src=x onerror=window.hacked=1>", "</script><script>", "svg/onload", "__proto__"]:
            choose(tab, "group", "none")
            tab.page.fill("#search", name)
            tab.page.wait_for_timeout(300)
            assert tab.count() > 0, name
            tab.page.locator(".finding-row").first.click()
            tab.page.wait_for_timeout(100)
            assert name in tab.text("#detail"), name
        for group in ["owner", "check", "none"]:
            choose(tab, "group", group)
        for details in tab.page.query_selector_all("details"):
            details.evaluate("it => { it.open = true; }")
        tab.page.wait_for_timeout(300)
        assert tab.page.evaluate("window.hacked") is None
        assert tab.page.evaluate("({}).polluted") is None
        alive = "img, iframe, object, embed, a[href^='javascript:'], [onclick], [onload], [onerror], [style*='display: none']"
        assert tab.page.locator(alive).count() == 0
        assert tab.page.locator("body style").count() == 0


@case
def marks_that_mislead_are_spelled_out(browser):
    with opened(browser, "hostile") as tab:
        tab.page.check("input[value=pass]")
        tab.page.fill("#search", "gpj.exe")
        tab.page.wait_for_timeout(300)
        shown = tab.text("#detail")
        assert "\\u{202e}gpj.exe\\u{1b}[31m\\u{200b}{{constructor}}" in shown, shown[:300]
        assert not re.search("[\u202a-\u202e\u200b\x1b]", tab.text("body"))


@case
def a_name_of_a_megabyte_is_cut_in_the_list(browser):
    with opened(browser, "hostile") as tab:
        tab.page.fill("#search", "long long long")
        tab.page.wait_for_timeout(500)
        assert tab.count() > 0
        longest = tab.page.evaluate("Math.max(...[...document.querySelectorAll('.row')].map((row) => row.textContent.length))")
        assert longest < 2000, longest
        assert tab.page.evaluate("document.documentElement.scrollWidth") == 1440


# ---- to look at ----


@each(*[(name, width) for name in ["mixed", "denied", "hostile", "past"] for width in WIDTHS])
def no_page_is_wider_than_the_window(browser, value):
    name, width = value
    with opened(browser, name, width) as tab:
        for details in tab.page.query_selector_all("details"):
            details.evaluate("it => { it.open = true; }")
        tab.page.wait_for_timeout(300)
        assert tab.page.evaluate("document.documentElement.scrollWidth") == width


@each(*[(name, width, scheme) for name, width in [("mixed", 1440), ("denied", 900), ("mixed", 360), ("past", 900)] for scheme in SCHEMES])
def axe_finds_nothing(browser, value):
    name, width, scheme = value
    with opened(browser, name, width, scheme, reduced_motion="reduce") as tab:
        check_axe(tab, "as it opens")
        for details in tab.page.query_selector_all("details.framework:nth-of-type(-n + 2), #ledger-all, .first details, #past-table"):
            details.evaluate("it => { it.open = true; }")
        choose(tab, "group", "none")
        tab.page.check("input[value=pass]")
        tab.page.wait_for_timeout(200)
        tab.page.evaluate("document.querySelector('#list').scrollTop = 3000")
        tab.page.wait_for_timeout(200)
        tab.page.locator(".finding-row").nth(8).click()
        tab.page.wait_for_timeout(200)
        check_axe(tab, "with everything open, the list scrolled and a finding shown")


def check_axe(tab, when):
    # What lies half under the sections' links, which stay at the top, is no smaller for it.
    tab.page.evaluate("scrollTo(0, 0)")
    found = Axe().run(tab.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
    told = [
        f"{it['id']}: {it['help']}: {[(node['html'][:160], node['failureSummary'][:200]) for node in it['nodes'][:3]]}"
        for it in found.response["violations"]
    ]
    assert told == [], f"{when}: " + "\n".join(told)


@case
def light_and_dark_follow_the_system_and_the_button(browser):
    ground = "getComputedStyle(document.body).backgroundColor"
    with opened(browser, "clean", scheme="dark") as dark, opened(browser, "clean", scheme="light") as light:
        assert dark.page.evaluate(ground) != light.page.evaluate(ground)
        light.page.click("#theme")
        assert light.text("#theme") == "Theme: light"
        light.page.click("#theme")
        assert light.text("#theme") == "Theme: dark"
        assert dark.page.evaluate(ground) == light.page.evaluate(ground)
        light.page.reload()
        light.page.wait_for_selector("html[data-print=ready]")
        assert dark.page.evaluate(ground) == light.page.evaluate(ground), "it is remembered"


@case
def the_sections_are_in_their_order(browser):
    order = ["line", "first", "coverage", "services", "past", "findings", "frameworks", "ledger"]
    for name, expected in [("mixed", [it for it in order if it != "past"]), ("past", order)]:
        with opened(browser, name) as tab:
            ids = tab.page.evaluate("[...document.querySelectorAll('main > section')].filter((it) => it.checkVisibility()).map((it) => it.id)")
            assert ids == expected, ids
            links = "[...document.querySelectorAll('nav a')].filter((it) => it.checkVisibility()).map((it) => it.hash.slice(1))"
            assert tab.page.evaluate(links) == ids


@case
def the_line_tells_of_each_duty_what_the_report_tells(browser):
    summary = report("denied")["summary"]
    with opened(browser, "denied") as tab:
        assert tab.page.locator(".duty").count() == 29
        assert tab.page.locator("#below li").count() == 12
        told = {it.query_selector(".duty-name").inner_text(): it.query_selector(".duty-counts").inner_text() for it in tab.page.query_selector_all(".duty")}
        for duty, standing in summary["duties"].items():
            for status in ["fail", "unknown", "pass"]:
                said = f"{standing[status]} {status}"
                assert (said in told[DUTIES[duty]]) == (standing[status] > 0), (duty, standing, told[DUTIES[duty]])
        assert tab.page.locator(".duty.unlooked").count() == len(summary["duties_not_looked_at"])


DUTIES = {
    row[0]: row[1]
    for row in re.findall(
        r'\[\[duty\]\]\nid = "([^"]+)"\ngroup = "[^"]+"\nname = "([^"]+)"',
        (Path(__file__).parents[2] / "checks/duties.toml").read_text(),
    )
}


@case
def what_is_believed_and_what_is_true_stands_where_a_service_fails(browser):
    with opened(browser, "mixed") as tab:
        assert "The customer secures data, access and backups." in tab.text(".misunderstood")
    with opened(browser, "clean") as tab:
        assert tab.page.locator(".misunderstood").count() == 0


@case
def what_would_show_more_can_be_copied_as_a_policy(browser):
    grants = [it["action"] for it in report("denied")["summary"]["to_allow"]]
    with opened(browser, "denied", permissions=["clipboard-read", "clipboard-write"]) as tab:
        tab.page.click("#coverage button[aria-label='Copy policy']")
        tab.until(lambda: tab.page.text_content("#said") == "Copied: policy")
        policy = json.loads(tab.page.evaluate("navigator.clipboard.readText()"))
        assert policy["Statement"][0]["Action"] == grants


# ---- to work with ----


@case
def filters_find_what_the_report_has(browser):
    with opened(browser, "mixed") as tab:
        assert tab.count() == len(findings_of("mixed", status=["fail", "unknown"]))
        tab.page.check("input[value=pass]")
        tab.page.check("input[value=not-applicable]")
        assert tab.count() == len(report("mixed")["findings"])
        tab.page.uncheck("input[value=unknown]")
        tab.page.uncheck("input[value=low]")
        choose(tab, "region", "us-east-1")
        wanted = {"status": ["fail", "pass", "not-applicable"], "severity": ["critical", "high", "medium"], "region": ["us-east-1"]}
        assert tab.count() == len(findings_of("mixed", **wanted))
        choose(tab, "service", "s3")
        assert tab.count() == len(findings_of("mixed", service=["s3"], **wanted))
        choose(tab, "duty", "authorization")
        assert tab.count() == len(findings_of("mixed", service=["s3"], duty=["authorization"], **wanted))
        choose(tab, "framework", "cis_7_0")
        wanted = findings_of("mixed", service=["s3"], duty=["authorization"], **wanted)
        assert tab.count() == len([it for it in wanted if "cis_7_0" in it["controls"]])
        tab.page.click("#reset")
        assert tab.count() == len(findings_of("mixed", status=["fail", "unknown"]))


@case
def search_finds_every_word_wherever_it_stands(browser):
    failing = findings_of("mixed", status=["fail", "unknown"])
    with opened(browser, "mixed") as tab:
        for words in ["ACME-public", "0.0.0.0/0 eu-west-1", "bucket 111122223333 tls", "no such thing", "(", "[a-z"]:
            tab.page.fill("#search", words)
            tab.page.wait_for_timeout(400)
            text = lambda it: " ".join(
                [it["check"], it["title"], it["duty"], it["service"], it["region"], it["account"], "acme-prod", it["message"]]
                + [it["resource"][key] for key in ("id", "arn", "type")]
            ).lower()
            wanted = [it for it in failing if all(word in text(it) for word in words.lower().split())]
            assert tab.count() == len(wanted), (words, tab.count(), len(wanted))


@each("check", "duty", "service", "account", "region", "framework", "owner")
def groups_hold_every_finding(browser, group):
    with opened(browser, "mixed") as tab:
        choose(tab, "group", group)
        tab.page.focus("#list")
        tab.page.keyboard.press("Home")
        # Each group is unfolded or folded by the keyboard alone.
        headings = tab.page.evaluate("document.querySelectorAll('.group-row').length")
        assert headings > 0
        tab.page.keyboard.press("ArrowLeft")
        folded = tab.rows()
        tab.page.keyboard.press("ArrowRight")
        unfolded = tab.rows()
        first = tab.page.evaluate("document.querySelector('.group-row .group-counts').textContent")
        assert unfolded - folded == sum(int(it.replace(",", "")) for it in re.findall(r"[\d,]+", first)), (first, folded, unfolded)
        assert tab.page.get_attribute("#list", "role") == "treegrid"


@case
def the_list_keeps_few_rows_in_the_page_and_tells_how_many_there_are(browser):
    with opened(browser, "mixed") as tab:
        tab.page.check("input[value=pass]")
        choose(tab, "group", "none")
        assert tab.page.get_attribute("#list", "role") == "grid"
        assert tab.rows() == tab.count() > 500
        for place in ["End", "Home", "End"]:
            tab.page.focus("#list")
            tab.page.keyboard.press(place)
            tab.page.wait_for_timeout(100)
            assert tab.page.locator("#rows .row").count() < 60
            active = tab.page.get_attribute("#list", "aria-activedescendant")
            index = int(tab.page.get_attribute(f"#{active}", "aria-rowindex"))
            assert index == (2 if place == "Home" else tab.rows() + 1)
        order = tab.page.evaluate("[...document.querySelectorAll('#rows .row')].map((row) => Number(row.getAttribute('aria-rowindex')))")
        assert order == sorted(order)


@case
def everything_can_be_done_from_the_keyboard(browser):
    with opened(browser, "mixed") as tab:
        keys = tab.page.keyboard
        keys.press("Tab")
        assert tab.page.evaluate("document.activeElement.className") == "skip"
        keys.press("/")
        assert tab.page.evaluate("document.activeElement.id") == "search"
        keys.type("bucket")
        tab.page.wait_for_timeout(300)
        found = tab.count()
        assert 0 < found < len(findings_of("mixed", status=["fail", "unknown"]))
        keys.press("Escape")
        tab.page.wait_for_timeout(300)
        assert tab.count() > found
        keys.press("Escape")
        assert tab.page.evaluate("document.activeElement.id") == "list"
        keys.press("Home")
        keys.press("j")
        first = tab.page.get_attribute("#list", "aria-activedescendant")
        tab.page.wait_for_timeout(100)
        shown = tab.text("#detail")
        keys.press("j")
        assert tab.page.get_attribute("#list", "aria-activedescendant") != first
        tab.page.wait_for_timeout(100)
        assert tab.text("#detail") != shown
        keys.press("k")
        assert tab.page.get_attribute("#list", "aria-activedescendant") == first
        keys.press("Enter")
        tab.page.wait_for_timeout(100)
        assert tab.page.evaluate("document.activeElement.matches('#detail h3')")
        keys.press("Escape")
        assert tab.page.evaluate("document.activeElement.id") == "list"


@case
def a_finding_shows_all_that_the_report_has_of_it(browser):
    with opened(browser, "denied") as tab:
        choose(tab, "group", "none")
        failing = [it for it in report("denied")["findings"] if it["status"] == "fail" and it["severity"] == "critical"]
        tab.page.locator(".finding-row").first.click()
        tab.page.wait_for_timeout(200)
        shown = tab.text("#detail")
        wanted = failing[0]
        told = [wanted["id"], wanted["title"], wanted["message"], wanted["check"], wanted["resource"]["arn"], wanted["region"]]
        told += [it for call in wanted["evidence"] for it in [call["action"], call["request_id"], *call["fields"]] if it]
        told += [control for controls in wanted["controls"].values() for control in controls]
        assert [it for it in told if it not in shown] == []
        tab.page.uncheck("input[value=fail]")
        tab.page.locator(".finding-row").first.click()
        tab.page.wait_for_timeout(200)
        shown = tab.text("#detail")
        assert any(it["unknown"]["detail"] in shown and it["id"] in shown for it in findings_of("denied", status=["unknown"]))


@case
def a_fix_can_be_copied(browser):
    with opened(browser, "mixed", permissions=["clipboard-read", "clipboard-write"]) as tab:
        tab.page.locator("#detail button[aria-label='Copy command']").first.click()
        tab.until(lambda: tab.page.text_content("#said") == "Copied: command")
        copied = tab.page.evaluate("navigator.clipboard.readText()")
        assert copied == tab.page.locator("#detail .command code").first.inner_text()
        assert copied.startswith("aws ")


@case
def numbers_lead_to_the_findings_they_count(browser):
    with opened(browser, "mixed") as tab:
        tab.page.click(".tile.critical")
        assert tab.count() == len(findings_of("mixed", status=["fail"], severity=["critical"]))
        assert tab.page.evaluate("document.activeElement.id") == "list"
        tab.page.locator("#by-check .link").first.click()
        check = tab.text("#by-check li .faint >> nth=0")
        assert tab.count() == len(findings_of("mixed", status=["fail"], check=[check]))
        tab.page.locator(".chip").click()
        assert tab.count() == len(findings_of("mixed", status=["fail"]))
        tab.page.locator(".cell").first.click()
        label = tab.page.locator(".cell").first.get_attribute("aria-label")
        assert f"{len(findings_of('mixed', duty=[tab.page.input_value('#choose-duty')], service=[tab.page.input_value('#choose-service')], status=['fail']))} fail" in label


@case
def a_view_has_an_address(browser):
    with opened(browser, "mixed") as tab:
        tab.page.fill("#search", "bucket")
        tab.page.wait_for_timeout(300)
        tab.page.uncheck("input[value=unknown]")
        choose(tab, "group", "region")
        address, found = tab.page.evaluate("location.hash"), tab.count()
    with opened(browser, "mixed", address=address) as tab:
        assert tab.count() == found
        assert tab.page.input_value("#search") == "bucket"
        assert tab.page.input_value("#group") == "region"
    everything = len(findings_of("mixed", status=["fail", "unknown"]))
    for nonsense, found in [
        ("#findings?group=constructor&__proto__=1&toString=1", everything),
        ("#findings?framework=__proto__", 0),
        ("#findings?statuses=x", 0),
        ("#findings?words=%3Cimg%20src=x%3E", 0),
        ("#%3Cimg%3E", everything),
    ]:
        with opened(browser, "mixed", address=nonsense) as tab:
            assert tab.count() == found, nonsense


@case
def on_a_telephone_a_finding_opens_over_the_list_and_gives_the_focus_back(browser):
    with opened(browser, "mixed", 360, has_touch=True) as tab:
        tab.page.locator(".finding-row").first.tap()
        tab.page.wait_for_selector("#sheet[open]")
        assert "Why it matters" in tab.text("#sheet")
        tab.page.keyboard.press("Escape")
        tab.page.wait_for_selector("#sheet:not([open])", state="attached")
        assert tab.page.evaluate("document.activeElement.id") == "list"


# ---- over time ----


@case
def earlier_scans_are_drawn_as_they_were_seen(browser):
    """The page of the last of four scans: everything, little seen, keys alone, everything."""
    with opened(browser, "past") as tab:
        assert tab.page.locator("#past .chart .column").count() == 4
        assert "the last 4" in tab.text("#past-scans")
        first, last = [report(name)["summary"] for name in ["mixed", "past"]]
        told = tab.page.get_attribute("#past .chart", "aria-label")
        assert f"in the first {first['fail']} fail and {first['unknown']} are unknown" in told, told
        tab.page.click("#past-table summary")
        tab.page.wait_for_selector("#past-table table")
        rows = tab.page.locator("#past-table tbody tr")
        assert rows.count() == 4
        cells = [rows.nth(row).locator("td").all_inner_texts() for row in range(4)]
        assert cells[0][:2] == [str(last["fail"]), str(last["unknown"])], cells
        assert cells[3][:2] == [str(first["fail"]), str(first["unknown"])], cells
        assert int(cells[2][1]) > 50, "what could not be seen is no pass"
        assert cells[1][-1].startswith("made 3 of ") and cells[0][-1] == "", "fewer checks are no better scan"
        assert "cut" in tab.page.locator("#past .chart .column").nth(2).get_attribute("class")
        # Unknown is drawn as unknown.
        assert tab.page.locator("#past .chart .column").nth(1).locator(".segment.unknown").count() == 1
        # The scan of the keys says nothing of other duties: a gap, and no nought.
        gaps = tab.page.locator(".spark").evaluate_all("all => all.map((it) => [...it.children].map((column) => column.classList.contains('gap')))")
        assert len(gaps) > 10 and any(gap == [False, False, True, False] for gap in gaps), gaps
        labels = tab.page.locator(".spark").evaluate_all("all => all.map((it) => it.getAttribute('aria-label'))")
        assert any("nothing judged" in label for label in labels), labels
        assert tab.page.locator("#past-oldest tbody tr").count() == 10
        assert "at least 3 days" in tab.text("#past-oldest")
        assert tab.text("#past-fixed").strip() != ""


@case
def a_scan_that_was_stopped_is_marked_and_one_that_judged_nothing_is_a_gap(browser):
    def change(head):
        head["past"]["scans"][0]["partial"] = True
        head["past"]["scans"][1]["duties"] = {}
        head["past"]["earlier"] = 300

    doctored("past", "cut", change)
    with opened(browser, "cut") as tab:
        columns = tab.page.locator("#past .chart .column")
        assert "cut" in columns.nth(0).get_attribute("class") and "gap" in columns.nth(1).get_attribute("class")
        assert "the last 4 of 304" in tab.text("#past-scans")
        tab.page.click("#past-table summary")
        table = tab.page.wait_for_selector("#past-table table").inner_text()
        assert "stopped before its end" in table and "nothing was judged" in table
        check_axe(tab, "with gaps")


@case
def a_page_without_a_history_says_nothing_of_one(browser):
    with opened(browser, "mixed") as tab:
        assert not tab.page.locator("#past").is_visible()
        assert tab.page.locator(".spark").count() == 0


# ---- on paper ----


@case
def paper_has_every_section_and_the_worst_findings_in_full(browser):
    with opened(browser, "mixed", scheme="dark") as tab:
        assert len(tab.page.pdf(format="A4")) > 50_000
        tab.page.emulate_media(media="print")
        for gone in ["nav", "#filters", ".browse", ".counting"]:
            assert not tab.page.locator(gone).is_visible(), gone
        printed = tab.text("#printed")
        worst = findings_of("mixed", status=["fail"], severity=["critical"])
        assert [it["message"] for it in worst if it["message"][:200] not in printed] == []
        assert "The first 100 of 181 failing findings" in printed
        ground = tab.page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--page')")
        assert ground.strip() == "#ffffff", ground


# ---- the responsibility matrix, a page of its own ----


@each(*[(name, width, scheme) for name, width in [("mixed", 1440), ("denied", 900), ("hostile", 360)] for scheme in SCHEMES])
def the_matrix_is_a_quiet_page_in_which_axe_finds_nothing(browser, value):
    name, width, scheme = value
    with opened(browser, f"{name}-matrix", width, scheme, ready="main") as tab:
        assert tab.page.locator("script").count() == 0
        assert tab.page.locator("th[scope=row]").count() == 29 + 12
        assert tab.page.evaluate("document.documentElement.scrollWidth") == width
        assert tab.page.evaluate("window.hacked") is None
        # The two tables scroll by themselves, and can be reached and scrolled by keyboard.
        for region in tab.page.query_selector_all("[role=region]"):
            region.focus()
            assert region.evaluate("it => document.activeElement === it")
        check_axe(tab, "as it opens")


@case
def the_matrix_says_what_the_report_says(browser):
    failing = sum(1 for it in report("mixed")["findings"] if it["status"] == "fail")
    with opened(browser, "mixed-matrix", ready="main") as tab:
        told = tab.page.locator("td li.fail").all_inner_texts()
        # Once in the service's column, and once in that of all services.
        assert sum(int(it.split()[0].replace(",", "")) for it in told) == 2 * failing


# ---- what is to come ----


@case
def statuses_that_are_yet_to_come_are_shown(browser):
    statuses = {"pass": "attested", "unknown": "excepted", "not-applicable": "deferred"}
    doctored("mixed", "later", lambda head: head.update(statuses=[statuses.get(it, it) for it in head["statuses"]]))
    with opened(browser, "later") as tab:
        for status in ["attested", "excepted", "deferred"]:
            tab.page.check(f"input[value={status}]")
        assert tab.count() == len(report("mixed")["findings"])
        assert "attested" in tab.text("#above") and "deferred" in tab.text("#above")
        check_axe(tab, "with other statuses")


@case
def several_accounts_stand_side_by_side(browser):
    other = {"id": "444455556666", "name": None, "partition": "aws", "state": "denied", "caller": "", "regions": [], "left_out": None, "requests": 1}
    doctored("mixed", "several", lambda head: head["accounts"].append(other))
    with opened(browser, "several") as tab:
        assert tab.text("h1") == "2 accounts"
        assert tab.page.locator("#coverage table[role=table] >> text=444455556666").count() == 1
        assert "denied" in tab.text("#coverage")


@case
def ten_million_pixels_are_not_the_end_of_the_list(browser):
    """The list is scrolled at a smaller scale when it is longer than browsers can draw; here as soon as it is long."""
    page = (FOLDER / "mixed.html").read_text()
    assert "const TALLEST = 12_000_000;" in page
    page = page.replace("const TALLEST = 12_000_000;", "const TALLEST = 9_000;")
    (FOLDER / "short.html").write_text(re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page))
    with opened(browser, "short") as tab:
        tab.page.check("input[value=pass]")
        choose(tab, "group", "none")
        tab.page.focus("#list")
        tab.page.keyboard.press("End")
        tab.page.wait_for_timeout(100)
        last = tab.page.locator(f"#row-{tab.rows() - 1}")
        frame, box = tab.page.locator("#list").bounding_box(), last.bounding_box()
        assert frame["y"] < box["y"] and box["y"] + box["height"] <= frame["y"] + frame["height"] + 1, (frame, box)
        for _ in range(30):
            tab.page.keyboard.press("k")
        active = tab.page.get_attribute("#list", "aria-activedescendant")
        assert active == f"row-{tab.rows() - 31}", active


def main():
    failed = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        for name, run in CASES:
            if len(sys.argv) > 3 and sys.argv[3] not in name:
                continue
            try:
                run(browser)
                print(f"ok {name}", flush=True)
            except Exception as error:
                failed += 1
                where = traceback.extract_tb(error.__traceback__)[-1]
                print(f"not ok {name}: {type(error).__name__} at line {where.lineno}: {error}", flush=True)
        browser.close()
    sys.exit(1 if failed else 0)


main()

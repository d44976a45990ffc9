"""Opens a page several times in a new browser each, and prints how soon it can be worked with and how fast it answers.

Usage: measure.py CHROMIUM PAGE
"""

import sys
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

TRIES = 5

# What somebody does, and when the page has answered: after the frame in which the list is new.
ACT = """
([selector, event, value]) => new Promise((resolve) => {
  const element = document.querySelector(selector);
  const began = performance.now();
  const seen = new MutationObserver(() => {
    seen.disconnect();
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
  });
  seen.observe(document.querySelector("#count"), { childList: true });
  if (element.type === "checkbox") element.click();
  else {
    element.value = value;
    element.dispatchEvent(new Event(event, { bubbles: true }));
  }
})
"""

ACTS = [
    ("show what passes as well", ["input[value=pass]", "", ""]),
    ("search (0.12 s of it waiting for more)", ["#search", "input", "acme bucket"]),
    ("group by region", ["#group", "change", "region"]),
    ("group by framework", ["#group", "change", "framework"]),
]


def main():
    interactive, ready, acts, heap = [], [], {name: [] for name, _ in ACTS}, []
    with sync_playwright() as playwright:
        for _ in range(TRIES):
            browser = playwright.chromium.launch(executable_path=sys.argv[1], args=["--enable-precise-memory-info"])
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.set_default_timeout(120_000)
            page.goto(Path(sys.argv[2]).as_uri())
            page.wait_for_selector("html[data-ready]")
            interactive.append(page.evaluate("performance.getEntriesByName('interactive')[0].startTime"))
            page.wait_for_selector("html[data-print=ready]")
            heap.append(page.evaluate("performance.memory.usedJSHeapSize / 1e6"))
            for name, act in ACTS:
                acts[name].append(page.evaluate(ACT, act))
            browser.close()
    print(f"interactive after {median(interactive) / 1000:.2f} s (median of {TRIES}; {min(interactive) / 1000:.2f} to {max(interactive) / 1000:.2f})")
    print(f"script's memory {median(heap):.0f} MB")
    for name, times in acts.items():
        print(f"{name}: {median(times):.0f} ms")


main()

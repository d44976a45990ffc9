// ---- The page as a whole ----

const THEMES = ["auto", "light", "dark"];

/** Light, dark, or as the system has it. Pages on disk may not be let remember it. */
function startTheme() {
  const button = byId("theme");
  const set = (theme) => {
    document.documentElement.dataset.theme = theme;
    fill(button, icon("theme"), `Theme: ${theme}`);
  };
  let stored = null;
  try {
    stored = localStorage.getItem("plimsoll-theme");
  } catch {
    stored = null;
  }
  set(THEMES.includes(stored) ? stored : "auto");
  button.addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length];
    set(next);
    try {
      localStorage.setItem("plimsoll-theme", next);
    } catch {
      // It holds until the page is closed.
    }
  });
}

function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const types = event.target.closest("input:not([type=checkbox]), select, textarea");
    if (event.key === "/" && !types) {
      event.preventDefault();
      byId("search").focus();
      byId("search").select();
    }
    if (event.key !== "Escape") return;
    if (event.target === byId("search")) {
      if (query.words) ask({ words: "" });
      else grid().focus();
    } else if (byId("detail").contains(event.target)) {
      grid().focus();
    } else if (event.target === grid() && shown !== null) {
      closeDetail();
    }
  });
  byId("sheet-close").addEventListener("click", closeDetail);
  byId("sheet").addEventListener("close", () => grid().focus());
  byId("print").addEventListener("click", async () => {
    await ready;
    print();
  });
}

/** Marks the section that is being read. */
function startNavigation() {
  const links = [...document.querySelectorAll("nav a")];
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        for (const link of links) {
          if (link.hash === `#${target.id}`) link.setAttribute("aria-current", "true");
          else link.removeAttribute("aria-current");
        }
      }
    },
    { rootMargin: "-20% 0px -70% 0px" },
  );
  for (const section of document.querySelectorAll("main > section")) seen.observe(section);
}

let ready;

async function start() {
  startTheme();
  if (!("DecompressionStream" in window)) throw new Error("this browser cannot unpack the page; a browser of 2023 or later can");
  await load();
  tally();
  summary();
  line();
  legend();
  first();
  coverage();
  services();
  past();
  frameworks();
  ledger();
  startFindings();
  const address = location.hash;
  if (address.startsWith("#findings?")) query = asked(fromAddress(address));
  refresh();
  startKeys();
  startNavigation();
  byId("loading").remove();
  byId("page").hidden = false;
  document.documentElement.dataset.ready = "";
  performance.mark("interactive");
  // The list could not be measured before.
  layOut();
  draw();
  if (address) byId(address.slice(1).split("?")[0])?.scrollIntoView();
  ready = new Promise((resolve) => setTimeout(resolve, 300)).then(preparePrint);
  await ready;
}

start().catch((error) => {
  byId("loading").hidden = false;
  byId("loading").textContent = plain(`This page could not be shown: ${error.message}`);
  console.error(error);
});

"use strict";
(() => {
  const root = document.documentElement;
  const KEY = "iworkz-readiness-language";
  const all = (selector) => [...document.querySelectorAll(selector)];
  const languages = all('input[name="language"]');
  const items = all(".item");
  const form = document.querySelector(".controls");
  const search = document.getElementById("search");

  // A page opened from a file, or in a private window, may have no storage: then the choice lasts as long as the page.
  const remembered = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const remember = (language) => { try { localStorage.setItem(KEY, language); } catch { return; } };

  function speak(language) {
    languages.forEach((input) => { input.checked = input.value === language; });
    root.lang = language;
    document.title = language === "ja" ? root.dataset.titleJa : root.dataset.titleEn;
  }

  const known = (language) => languages.some((input) => input.value === language);
  const asked = () => [new URLSearchParams(location.search).get("lang"), location.hash.slice(1)].find(known);

  languages.forEach((input) => input.addEventListener("change", () => { speak(input.value); remember(input.value); }));
  speak([asked(), remembered()].find(known) ?? root.lang);

  // Full-width and half-width forms, and capitals, find each other.
  const folded = (text) => text.normalize("NFKC").toLowerCase();
  const texts = new Map(items.map((item) => [item, folded(item.textContent)]));
  const checked = (name) => new Set(all(`input[name="${name}"]:checked`).map((input) => input.value));

  function filter() {
    const verdicts = checked("verdict"), phases = checked("phase"), words = folded(search.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const item of items) {
      const match = (!verdicts.size || verdicts.has(item.dataset.verdict))
        && (!phases.size || phases.has(item.dataset.phase))
        && words.every((word) => texts.get(item).includes(word));
      item.hidden = !match;
      shown += match;
    }
    all(".phase").forEach((phase) => { phase.hidden = !phase.querySelector(".item:not([hidden])"); });
    document.querySelector(".shown-count").textContent = shown;
    document.querySelector(".shown-none").hidden = shown > 0;
  }

  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));

  const evidence = all(".item details");
  const open = (list, state) => list.forEach((each) => { each.open = state; });
  document.getElementById("expand").addEventListener("click", () => open(evidence, true));
  document.getElementById("collapse").addEventListener("click", () => open(evidence, false));

  let before = [];
  addEventListener("beforeprint", () => { before = evidence.filter((each) => !each.open); open(before, true); });
  addEventListener("afterprint", () => open(before, false));

  document.getElementById("save").addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([document.getElementById("readiness").textContent], { type: "application/json" }));
    link.download = "readiness.json";
    link.click();
    URL.revokeObjectURL(link.href);
  });

  // A link to an item shows it, whatever is filtered, with its evidence open.
  function visit() {
    const name = location.hash.slice(1);
    if (known(name)) speak(name);
    const target = document.getElementById(name);
    if (!target?.matches(".item, .phase")) return;
    if (target.hidden) { form.reset(); filter(); }
    if (target.matches(".item")) { open([...target.querySelectorAll("details")], true); target.focus({ preventScroll: true }); }
    target.scrollIntoView();
  }
  addEventListener("hashchange", visit);
  visit();
})();

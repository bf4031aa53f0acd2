// Filters of the ledger. Their state stands behind the # of the address, so that a filter can be linked:
// ledger.html#kind=refutation&words=minor. A # without "=" is a plain anchor and filters nothing.
(() => {
  const NAMES = ["chapter", "item", "kind", "route", "scope"];

  function start() {
    const form = document.querySelector("#ledger-filters");
    if (!form) return;
    const count = document.querySelector("#ledger-count");
    const rows = [...document.querySelectorAll(".mgai-records tr[data-item]")].map((element) => ({
      element,
      ...element.dataset,
      words: element.textContent.toLowerCase(),
    }));
    const groups = [...document.querySelectorAll(".mgai-records tbody, .mgai-ledger-chapter")];
    const control = (name) => form.elements.namedItem(name); // elements.item is a method, no control
    const wanted = () => {
      const state = Object.fromEntries(NAMES.map((name) => [name, control(name).value]));
      const words = control("words").value.toLowerCase().split(/\s+/).filter(Boolean);
      return { state, words };
    };
    const fits = (row, state, words, without) =>
      NAMES.every((name) => name === without || !state[name] || row[name] === state[name]) &&
      words.every((word) => row.words.includes(word));

    // The number beside each choice: what one would see after choosing it, all other filters being as they are.
    function recount(state, words) {
      for (const name of NAMES) {
        const counts = new Map();
        for (const row of rows) {
          if (fits(row, state, words, name)) counts.set(row[name], (counts.get(row[name]) || 0) + 1);
        }
        for (const option of control(name).options) {
          if (!option.value) continue;
          const found = counts.get(option.value) || 0;
          option.textContent = `${option.dataset.label} (${found})`;
          option.disabled = found === 0 && option.value !== state[name];
        }
      }
    }

    function show() {
      const { state, words } = wanted();
      const found = { claims: 0, observations: 0 };
      for (const row of rows) {
        const fit = fits(row, state, words);
        row.element.hidden = !fit;
        if (fit) found[row.kind === "observation" ? "observations" : "claims"] += 1;
      }
      for (const group of groups) group.hidden = !group.querySelector("tr[data-item]:not([hidden])");
      recount(state, words);
      const all = Number(count.dataset.claims);
      count.textContent = `${found.claims} of ${all} claims and ${found.observations} of ${rows.length - all} observations`;
    }

    function read() {
      const text = location.hash.slice(1);
      if (!text.includes("=")) return false;
      const state = new URLSearchParams(text);
      for (const name of [...NAMES, "words"]) control(name).value = state.get(name) || "";
      return true;
    }

    function write() {
      const state = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
      history.replaceState(null, "", state.size ? `#${state}` : location.pathname + location.search);
    }

    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", () => {
      write();
      show();
    });
    form.addEventListener("reset", () => setTimeout(() => {
      write();
      show();
    }));
    addEventListener("hashchange", () => {
      if (read()) show();
    });
    const linked = read();
    show();
    // The browser scrolls to the anchor of an item by itself, and does so last; the filters belong into sight.
    const reach = () => form.scrollIntoView({ behavior: "instant" });
    if (linked && document.readyState === "complete") reach();
    else if (linked) addEventListener("load", () => setTimeout(reach));
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();

// Small repairs of the theme for keyboards and screen readers. The book reads without JavaScript.
(() => {
  const SCROLLING = ".pst-scrollable-table-container, pre, div.math, mjx-container, .mgai-wide";

  function nameThings() {
    for (const button of document.querySelectorAll("button.search-button-field[aria-label='Search']")) {
      button.removeAttribute("aria-label"); // its visible text says more than the label
    }
    const sidebar = document.querySelector("#pst-primary-sidebar");
    if (sidebar && !sidebar.closest("nav, aside")) {
      sidebar.setAttribute("role", "complementary");
      sidebar.setAttribute("aria-label", "Book");
    }
  }

  // MathJax 3 breaks no lines: a formula in the text that is wider than its column scrolls by itself.
  function boxWideFormulas() {
    for (const formula of document.querySelectorAll("span.math > mjx-container")) {
      formula.classList.remove("mgai-wide");
      const column = formula.closest("p, li, dd, td, th, figcaption, h1, h2, h3, h4, summary");
      if (column && formula.getBoundingClientRect().width > column.clientWidth) formula.classList.add("mgai-wide");
    }
  }

  // Boxes that scroll sideways must be reachable by keyboard; the others must not stop it.
  function reachScrollingBoxes() {
    for (const box of document.querySelectorAll(SCROLLING)) {
      const scrolls = box.scrollWidth > box.clientWidth && ["auto", "scroll"].includes(getComputedStyle(box).overflowX);
      if (scrolls) box.setAttribute("tabindex", "0");
      else if (box.getAttribute("tabindex") === "0") box.removeAttribute("tabindex");
    }
  }

  // Excerpts of the search show formulas in plain characters; what stands in a table is shown with its row.
  function plainExcerpts() {
    if (typeof Search === "undefined") return;
    const original = Search.htmlToText;
    Search.htmlToText = (text, anchor) => {
      const page = new DOMParser().parseFromString(text, "text/html");
      for (const formula of page.querySelectorAll("[data-plain]")) formula.textContent = formula.dataset.plain;
      for (const formula of page.querySelectorAll("div.math")) formula.textContent = " … ";
      const row = anchor && page.querySelector(anchor)?.closest("tr");
      return row ? row.textContent : original(page.documentElement.outerHTML, anchor);
    };
  }

  let planned = 0;
  function fit() {
    cancelAnimationFrame(planned);
    planned = requestAnimationFrame(() => {
      boxWideFormulas();
      reachScrollingBoxes();
    });
  }

  // Paper is light: a page printed from the dark is printed in its light colours.
  let before = "";
  window.addEventListener("beforeprint", () => {
    before = document.documentElement.dataset.theme;
    document.documentElement.dataset.theme = "light";
  });
  window.addEventListener("afterprint", () => (document.documentElement.dataset.theme = before));

  document.addEventListener("DOMContentLoaded", nameThings);
  document.addEventListener("DOMContentLoaded", plainExcerpts);
  window.addEventListener("load", () => {
    if (!window.MathJax?.startup) document.documentElement.classList.add("mgai-untypeset"); // then TeX is what there is
    fit();
    window.MathJax?.startup?.promise?.then(fit);
  });
  window.addEventListener("resize", fit);
  document.addEventListener("toggle", fit, true); // what was folded has a size only now
})();

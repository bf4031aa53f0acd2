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

  let planned = 0;
  function fit() {
    cancelAnimationFrame(planned);
    planned = requestAnimationFrame(() => {
      boxWideFormulas();
      reachScrollingBoxes();
    });
  }

  document.addEventListener("DOMContentLoaded", nameThings);
  window.addEventListener("load", () => {
    fit();
    window.MathJax?.startup?.promise?.then(fit);
  });
  window.addEventListener("resize", fit);
  document.addEventListener("toggle", fit, true); // what was folded has a size only now
})();

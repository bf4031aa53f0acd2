// Small repairs of the theme for keyboards and screen readers. The book reads without JavaScript.
document.addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll("button.search-button-field[aria-label='Search']")) {
    button.removeAttribute("aria-label"); // its visible text says more than the label
  }
  const sidebar = document.querySelector("#pst-primary-sidebar");
  if (sidebar && !sidebar.closest("nav, aside")) {
    sidebar.setAttribute("role", "complementary");
    sidebar.setAttribute("aria-label", "Book");
  }
  // Boxes that scroll sideways must be reachable by keyboard.
  for (const box of document.querySelectorAll("div.pst-scrollable-table-container, div.output pre, div.math.notranslate")) {
    if (box.scrollWidth > box.clientWidth) box.setAttribute("tabindex", "0");
  }
});

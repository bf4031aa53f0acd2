// What the tests ask of a page in the browser. Everything is returned as plain data.
window.probe = (() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const name = (element) => {
    const classes = typeof element.className === "string" ? element.className.trim().split(/\s+/).join(".") : "";
    const text = (element.textContent || "").trim().replace(/\s+/g, " ").slice(0, 60);
    return `${element.tagName.toLowerCase()}${element.id ? "#" + element.id : ""}${classes ? "." + classes : ""} "${text}"`;
  };
  const box = (element) => element.getBoundingClientRect();
  const visible = (element) => element.checkVisibility() && box(element).width > 1 && box(element).height > 1;
  const settled = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(0))));

  // Text that a reader sees as prose: not code, not typeset mathematics, not scripts.
  const NOT_PROSE = "pre, code, script, style, mjx-container, .math, kbd";
  const rawMathematics = () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const text = walker.currentNode.data;
      if (/\$|\\[(\[]|\\[a-zA-Z]{2,}/.test(text) && !walker.currentNode.parentElement.closest(NOT_PROSE)) {
        found.push(text.trim().slice(0, 80));
      }
    }
    return found;
  };
  // MathJax shows a command that it does not know as red text, not as an error.
  const misspelt = (formula) => formula.querySelector("mjx-merror, merror") || /\\[a-zA-Z]/.test(formula.textContent);
  const repeatedIds = () => {
    const seen = new Set();
    return all("[id]").map((element) => element.id).filter((id) => seen.size === seen.add(id).size);
  };
  const facts = () => ({
    theme: document.documentElement.dataset.theme,
    formulas: all(".math").length,
    untypeset: all(".math").filter((each) => all("mjx-container", each).length !== 1).map(name),
    typeset: all("mjx-container").length,
    mute: all("mjx-container").filter((each) => !each.querySelector("mjx-assistive-mml > math")).map(name),
    failed: all("mjx-container").filter(misspelt).map((each) => name(each.parentElement)),
    raw: rawMathematics(),
    repeatedIds: repeatedIds(),
    lineArt: all("img.mgai-line-art").map((image) => getComputedStyle(image).filter),
    raster: all("img.mgai-raster").map((image) => getComputedStyle(image).filter),
    broken: all("img").filter((image) => image.complete && image.naturalWidth === 0).map((image) => image.src),
  });

  // An element that sticks out is well only inside a box that scrolls sideways and itself does not stick out.
  const scroller = (element) => {
    for (let up = element; up && up !== document.body; up = up.parentElement) {
      if (["auto", "scroll"].includes(getComputedStyle(up).overflowX) && box(up).right <= innerWidth + 1) return up;
    }
    return null;
  };
  const sticksOut = (element) => {
    const { left, right } = box(element);
    return visible(element) && (right > innerWidth + 1 || left < -1) && !scroller(element);
  };
  // The sidebars are drawers beside the screen at this width; formulas are looked at apart.
  const outermost = (element) => !element.closest("mjx-container *, svg *") && !sticksOut(element.parentElement);
  const cutFrom = (container) => {
    const column = container.closest("p, li, dd, dt, td, th, figcaption, h1, h2, h3, h4, h5, h6, summary, div");
    const last = Math.max(...all("mjx-math, mjx-math *", container).map((part) => box(part).right));
    return visible(container) && !scroller(container) && last > box(column).right + 1;
  };
  // Above and below nothing may be cut: a box that scrolls sideways has no vertical scroll bar.
  const flattened = (element) => visible(element) && element.scrollHeight > element.clientHeight + 1;
  const phone = () => ({
    width: innerWidth,
    pageWidth: document.scrollingElement.scrollWidth,
    bursting: all(".bd-article-container *").filter((e) => outermost(e) && sticksOut(e)).map(name),
    cut: all("mjx-container").filter(cutFrom).map((e) => name(e.parentElement)),
    flattened: all("div.math").filter(flattened).map(name),
  });

  // Let each folded thing be open; the sidebar's chapters too.
  const unfold = () => {
    for (const details of all("details")) details.open = true;
    for (const button of all("button.toggle-button[data-button-hidden], .toggle-hidden > button")) button.click();
    return settled();
  };
  const runAxe = async (runOnly) => {
    await settled();
    // hidden-content can only ask for a review, never fail, and takes half of the time.
    const rules = runOnly.type === "tag" ? { "hidden-content": { enabled: false } } : {};
    // Without preload: axe would fetch the style sheets once more, and look for what they import in the wrong folder.
    const options = { runOnly, rules, resultTypes: ["violations"], preload: false };
    const result = await axe.run(document, options);
    return result.violations.flatMap((rule) =>
      rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary.replace(/\s+/g, " ")}`)
    );
  };
  return { unfold, settled, facts, phone, axe: runAxe };
})();
0;

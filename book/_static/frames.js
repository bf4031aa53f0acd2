// Figures that a slider steps through. Without this script the middle frame stands alone.
(() => {
  const PAUSE = 400; // milliseconds of rest after which a screen reader is told what the frame shows
  document.documentElement.classList.add("mgai-moves"); // at once, so that the page has its height from the start

  function liven(box) {
    const middle = box.querySelector(":scope > img");
    const [slider, state, said] = ["input", "output", ".mgai-said"].map((each) => box.querySelector(each));
    const frames = [...box.querySelector("template").content.querySelectorAll("img")];
    const now = middle.cloneNode(); // shown on the screen in place of the middle frame, which paper keeps
    const loaded = []; // kept, so that the browser keeps the pictures
    let rest = 0;

    function load() {
      if (loaded.length) return;
      for (const frame of frames) {
        const picture = new Image();
        picture.src = frame.getAttribute("src");
        loaded.push(picture);
      }
    }

    function move() {
      load();
      const frame = frames[slider.valueAsNumber];
      if (!box.classList.contains("mgai-moved")) {
        middle.classList.add("mgai-middle");
        now.classList.add("mgai-now");
        middle.after(now);
        box.classList.add("mgai-moved");
      }
      now.src = frame.getAttribute("src");
      now.alt = frame.alt;
      state.value = frame.dataset.label;
      slider.setAttribute("aria-valuetext", frame.dataset.label);
      clearTimeout(rest);
      rest = setTimeout(() => (said.textContent = frame.alt), PAUSE);
    }

    slider.addEventListener("input", move);
    for (const reached of ["focusin", "pointerenter"]) box.addEventListener(reached, load, { once: true });
  }

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll(".mgai-frames").forEach(liven));
})();

// What depends on the place from which this copy of the book is read: a folder, or an address.
(() => {
  const here = new URL(document.documentElement.dataset.content_root || "./", location.href);
  const fromDisk = here.protocol === "file:";

  // The install line names the wheel in this very copy, which the build could not know.
  function fillIn() {
    const drive = /^\/(?=[A-Za-z]:)/; // file:///C:/… is the folder C:/…
    const folder = fromDisk ? decodeURIComponent(here.pathname).replace(drive, "") : here.href;
    if (/["$`\\]/.test(folder)) return; // would not stand between quotes in a shell
    for (const place of document.querySelectorAll("[data-mgai-folder]")) place.textContent = folder;
    for (const note of document.querySelectorAll(".mgai-install-where")) note.hidden = true;
  }

  fillIn();
  // From disk no page may read another one: the search lists titles, without the excerpts that it would fetch.
  if (fromDisk && typeof DOCUMENTATION_OPTIONS !== "undefined") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
})();

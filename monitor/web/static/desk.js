// Single keys, and a result said aloud. Nothing on the desk needs this file.
"use strict";
(() => {
  const store = (value) => {
    try {
      if (value === undefined) return localStorage.getItem("keys-off") === "yes";
      localStorage.setItem("keys-off", value ? "yes" : "no");
    } catch { /* a browser may forbid storage; then the keys stay on */ }
    return false;
  };
  const dialog = document.getElementById("keys");
  const off = document.getElementById("keys-off");
  const show = () => document.documentElement.classList.toggle("keyed", !off.checked);

  off.checked = store();
  off.addEventListener("change", () => { store(off.checked); show(); });
  show();

  const typing = (target) =>
    target instanceof Element && target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;

  let pressed = false; // one decision a page, however long the key is held
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    if (event.key === "?") { dialog.open ? dialog.close() : dialog.showModal(); event.preventDefault(); return; }
    if (dialog.open || off.checked || event.repeat || pressed) return;
    if (event.key === "/") {
      const field = document.querySelector("main input[type=search], main input[type=url]");
      if (field) field.focus(); else location.assign("/search");
      event.preventDefault();
      return;
    }
    const wanted = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!wanted) return;
    pressed = true;
    event.preventDefault();
    wanted.click();
  });
  addEventListener("pageshow", () => { pressed = false; });

  // A live region speaks when it changes, not when it is loaded: say the result once more.
  const result = document.querySelector("#result p");
  if (result) setTimeout(() => { document.getElementById("said").textContent = result.textContent; }, 150);

  // On a telephone the bar is wider than the screen.
  document.querySelector(".bar nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

  // The open story may stand far down in the list.
  const open = document.querySelector(".list .lines [aria-current]");
  if (open) {
    const list = open.closest(".list");
    if (open.offsetTop > list.clientHeight * 0.7) list.scrollTop = open.offsetTop - list.clientHeight / 3;
  }
})();

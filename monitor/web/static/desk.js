// Single keys, the next story without a new page, and what happened said aloud.
// Nothing on the desk needs this file: every key presses a button or a link of the page.
"use strict";
(() => {
  const $ = (pick, from = document) => from.querySelector(pick);
  const dialog = $("#keys");
  const off = $("#keys-off");
  const trouble = $("#trouble");
  const said = $("#said");

  // --- keys can be turned off in this browser -------------------------------------------------

  const kept = (store, name, value) => {
    try {
      if (value === undefined) return store.getItem(name);
      if (value) store.setItem(name, value); else store.removeItem(name);
    } catch { /* a browser may forbid storage; then nothing is kept */ }
    return null;
  };
  const show = () => document.documentElement.classList.toggle("keyed", !off.checked);
  off.checked = kept(localStorage, "keys-off") === "yes";
  off.addEventListener("change", () => { kept(localStorage, "keys-off", off.checked ? "yes" : ""); show(); });
  show();

  // A live region speaks when it changes, not when it is loaded.
  const say = (words) => { said.textContent = ""; setTimeout(() => { said.textContent = words; }, 60); };
  const tell = (words, quiet = false) => {
    trouble.textContent = words;
    trouble.hidden = !words;
    trouble.classList.toggle("red", !quiet);
  };

  // --- what a page needs when it has come, in whichever way -----------------------------------

  const draft = () => { const field = $("#note"); return field && [field, `note ${field.form.action}`]; };
  const arrive = (tells = "") => { // ``tells``: what the form that led here changed, if not the strip
    const result = (tells && $(tells)) || $("#result p");
    const words = result && (result.dataset.said || result.textContent);
    if (words) setTimeout(() => { said.textContent = words; }, 100);
    $(".bar nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
    const open = $(".list .lines [aria-current]");
    if (open) { // it may stand far down in the list
      const list = open.closest(".list");
      const top = open.getBoundingClientRect().top - list.getBoundingClientRect().top;
      if (top < 0 || top > list.clientHeight * 0.7) list.scrollTop += top - list.clientHeight / 3;
    }
    const [note, name] = draft() || [];
    const begun = note && kept(sessionStorage, name);
    if (begun) { note.value = begun; note.closest("details").open = true; }
  };
  document.addEventListener("input", (event) => {
    if (event.target.id === "note") kept(sessionStorage, draft()[1], event.target.value);
  });

  // --- the next story in place of this one ----------------------------------------------------

  const FRAME = "body > .panes, body > main";
  const ticked = () => [$("#decision")?.action, [...document.querySelectorAll("#decision input[type=checkbox]")]];
  const swap = (page, address, tells) => {
    const [story, ticks] = ticked();
    const scrolled = $(".list")?.scrollTop;
    const unfiltered = !$("#filters");
    const folded = new Set([...document.querySelectorAll(".list details[id][open]")].map((fold) => fold.id));
    $("header.bar").replaceWith($("header.bar", page));
    $(FRAME).replaceWith($(FRAME, page));
    document.title = page.title;
    document.body.className = page.body.className;
    if (address !== location.href) history.pushState(null, "", address);
    at = place();
    const [same, boxes] = ticked();
    if (same === story) for (const box of boxes) box.checked = ticks.find((old) => old.name === box.name)?.checked || false;
    for (const id of folded) { const fold = document.getElementById(id); if (fold) fold.open = true; }
    if (scrolled !== undefined && $(".list")) $(".list").scrollTop = scrolled;
    scrollTo(0, 0);
    (unfiltered && $("#filters select") || $("#main")).focus({ preventScroll: true });
    arrive(tells);
  };
  const place = () => location.pathname + location.search;
  let at = place(); // what is shown; the list on a telephone is another part of it, not another page
  addEventListener("popstate", () => { if (place() !== at) location.reload(); });

  // The next story is fetched while this one is read, and shown as soon as the decision is kept;
  // the list and the strip follow. Whatever was fetched too early is fetched again.
  const FRESH = 120000; // ms
  let busy = false, ahead = null, later = null;
  const read = async (address, options) => {
    const answer = await fetch(address, options);
    return [answer, new DOMParser().parseFromString(await answer.text(), "text/html")];
  };
  const drop = () => { later?.stop.abort(); later = null; };
  const aside = (work, lost = "") => { // what nobody waits for
    drop();
    const stop = new AbortController();
    later = { stop, done: work(stop.signal).catch((error) => { if (lost && error.name !== "AbortError") tell(lost, true); }) };
  };
  const have = (next) => { // the page itself says whether the next story is at hand
    ahead = next;
    document.documentElement.toggleAttribute("data-ahead", next !== null);
  };
  const look = () => { // fetch the next story
    const href = $("main [data-key=j]")?.href;
    if (!href || !$("#decision") || ahead?.href === href) return;
    have(null);
    aside(async (signal) => {
      const [answer, page] = await read(href, { signal });
      if (answer.ok && answer.url === href && $("#decision", page)) have({ href, page, at: performance.now() });
    });
  };
  const ready = (href) => (ahead && ahead.href === href && performance.now() - ahead.at < FRESH ? ahead : null);
  const refresh = () => aside(async (signal) => { // list, strip, and where the form leads
    const [answer, page] = await read(location.href, { signal });
    const state = (from) => ["version", "standing"].map((name) => $(`#decision [name=${name}]`, from)?.value).join();
    if (!answer.ok || !$(FRAME, page)) throw new Error();
    if (state(document) !== state(page)) return swap(page, location.href);
    for (const part of ["header.bar", ".list", ".to-list", ".result-strip", "main > .beside"]) {
      const [old, next] = [$(part), $(part, page)];
      if (old && next && !old.contains(document.activeElement)) { next.scrollTop = old.scrollTop; old.replaceWith(next); }
    }
    $("#decision [name=next]").value = $("#decision [name=next]", page).value;
    arrive();
    later = null;
    look();
  }, "Recorded; but the list is out of date, as the desk did not answer since. Load the page anew.");

  const OVER = "your session is over. Sign in on another tab, then press the key again.";
  const NOT_SAVED = { POST: "Not recorded: ", GET: "" };
  const fetched = async (address, options, onto, tells) => {
    const slow = setTimeout(() => tell(options.method === "POST" ? "Recording …" : "Loading …", true), 400);
    drop();
    busy = true;
    try {
      if (over && options.body) await renew(options.body);
      const [answer, page] = await read(address, { ...options, signal: AbortSignal.timeout(20000) });
      const minimal = answer.status === 204;
      over = new URL(answer.url).pathname === "/login" || answer.status === 401;
      if (over) throw new Error(OVER);
      if (!minimal && (!$(FRAME, page) || !(answer.ok || $(".decide", page))))
        throw new Error(`${$("main h1, main p", page)?.textContent.trim() || `the desk answered ${answer.status}.`} Load the page anew, or press the key again.`);
      if (options.method === "POST" && answer.ok) { // what was recorded is not begun any more
        kept(sessionStorage, `note ${address}`, "");
        if ($("#decision")?.action === address) for (const box of ticked()[1]) box.checked = false;
      }
      tell("");
      if (minimal) { swap(onto.page, new URL(answer.headers.get("content-location"), location).href); refresh(); }
      else { swap(page, answer.status === 409 ? location.href : answer.url, tells); look(); }
      return true;
    } catch (error) {
      const silent = error.name === "TypeError" || error.name === "TimeoutError";
      const why = silent ? "the desk did not answer. Press the key again: nothing is recorded twice." : error.message;
      tell(NOT_SAVED[options.method] + why);
      return false;
    } finally {
      clearTimeout(slow);
      busy = false;
    }
  };
  const measured = async (pressed, work) => {
    if (await work) requestAnimationFrame(() => performance.measure("next story", { start: pressed, end: performance.now() }));
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-swap][method=post]") || event.defaultPrevented) return;
    event.preventDefault();
    if (busy) return tell("The last one is still being recorded; that press was not taken.", true);
    const onto = form.id === "decision" && $("[name=from]", form).value === "queue" && ready($("main [data-key=j]")?.href);
    have(null);
    const body = new URLSearchParams(new FormData(form, event.submitter));
    measured(event.timeStamp, fetched(form.action, { method: "POST", body, headers: onto ? { prefer: "return=minimal" } : {} }, onto, form.dataset.tells));
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-swap]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (busy) return;
    if (location.hash) history.replaceState(null, "", location.pathname + location.search); // folds the list on a telephone
    const onto = ready(link.href);
    have(null);
    if (onto) { swap(onto.page, link.href); look(); } else measured(event.timeStamp, fetched(link.href, { method: "GET" }));
  });

  // After signing in anew on another tab this page's forms are of the session before: they get the
  // new one's token, where the same person came back.
  let over = false;
  const renew = async (form) => {
    const [, page] = await read(location.href);
    const [who, now] = [$(".bar .person"), $(".bar .person", page)];
    if (!now) throw new Error(OVER);
    if (who?.textContent !== now.textContent) throw new Error(`${now.textContent.trim()} has signed in. Load the page anew.`);
    const { value } = $("main [name=token]", page);
    for (const field of document.querySelectorAll("[name=token]")) field.value = value;
    form.set("token", value);
    over = false;
  };

  // --- keys -----------------------------------------------------------------------------------

  const typing = (target) =>
    target instanceof Element && target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;

  const unfold = (summary) => { // and whatever it is folded in; then to its first field
    for (let fold = summary.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    const field = $("input:not([type=hidden]), textarea, select", summary.parentElement);
    (field || summary).focus();
    (field || summary).scrollIntoView({ block: "nearest" });
  };

  const written = (event) => { // in a field: Escape leaves it, Ctrl+Enter keeps what stands there
    const leave = event.key === "Escape" || (event.target.id === "note" && event.key === "Enter" && (event.ctrlKey || event.metaKey));
    if (!leave || !event.target.closest(".decide, .strands, .genre")) return;
    event.preventDefault();
    $("#main").focus({ preventScroll: true });
    if (event.target.id === "note" && event.target.value) say("The note stands; it is recorded with your decision.");
  };

  // A number ticks the reason of this story while its reasons are unfolded, else of the last one.
  const keyed = (key) => {
    const here = /^[1-9]$/.test(key) && $(`#why-here[open] input[name="reason-${key}"]`);
    return here || $(key === "o" ? ".story header a.out" : `[data-key="${CSS.escape(key)}"]`);
  };

  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (typing(event.target)) return written(event);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "?") { dialog.open ? dialog.close() : dialog.showModal(); event.preventDefault(); return; }
    if (dialog.open || off.checked || event.repeat) return; // one decision a press, however long it is held
    if (event.key === "/") {
      const field = $("main input[type=search], main input[type=url]");
      if (field) field.focus(); else location.assign("/search");
      event.preventDefault();
      return;
    }
    if (event.key === "Escape" && $("#why-here[open]")) { $("#why-here").open = false; return; }
    const key = event.key.toLowerCase();
    const wanted = keyed(key);
    if (wanted) { event.preventDefault(); act(wanted); }
    else if (later) later.done.then(() => { const found = keyed(key); if (found) act(found); }); // its strip is on the way
  });
  const act = (wanted) => {
    if (wanted.matches("summary")) unfold(wanted); else wanted.click();
    if (wanted.matches("input[type=checkbox]")) say(`${wanted.parentElement.textContent.trim()}: ${wanted.checked ? "yes" : "no"}.`);
  };

  arrive();
  look();
})();

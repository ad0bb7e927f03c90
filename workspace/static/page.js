// Live parts of the page: connection state, scrolling, focus, pending buttons, sidebar.

const RETRY_MS = 2000;
const NEAR_END_PX = 80;
const live = document.getElementById("live");
const offline = document.getElementById("offline");

// The stream of changes. The extension reconnects by itself, but does not retry the first connection.
live.addEventListener("htmx:sse:after:connection", () => { offline.hidden = true; });
live.addEventListener("htmx:sse:error", () => { offline.hidden = false; });
live.addEventListener("htmx:error", () => {
  offline.hidden = false;
  setTimeout(() => live.dispatchEvent(new Event("again")), RETRY_MS);
});

// A hidden page has no connection, as a browser allows six per address for all its tabs. htmx pauses and resumes streams; one that would start while hidden waits.
live.addEventListener("htmx:before:request", (event) => {
  if (!document.hidden) return;
  event.preventDefault();
  document.addEventListener("visibilitychange", () => live.dispatchEvent(new Event("again")), { once: true });
});

// A list scrolled to its end stays there (a message taller than the list shows its start); otherwise a button points to new messages below.
for (const scroll of document.querySelectorAll(".scroll")) {
  const jump = scroll.parentElement.querySelector(".jump");
  if (!jump) continue;
  let atEnd = true;
  const toEnd = () => { scroll.scrollTop = scroll.scrollHeight; };
  const isAtEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END_PX;
  scroll.addEventListener("scroll", () => {
    atEnd = isAtEnd();
    if (atEnd) jump.hidden = true;
  }, { passive: true });
  new MutationObserver((changes) => {
    const added = changes.flatMap((change) => [...change.addedNodes]).filter((node) => node.matches?.(".message"));
    const newest = added.at(-1);
    if (atEnd && newest?.offsetHeight > scroll.clientHeight) newest.scrollIntoView({ block: "start" });
    else if (atEnd) toEnd();
    else if (newest) jump.hidden = false;
  }).observe(scroll, { childList: true, subtree: true });
  new ResizeObserver(() => { if (atEnd) toEnd(); }).observe(scroll);
  jump.addEventListener("click", () => { toEnd(); scroll.focus({ preventScroll: true }); });
  scroll.parentElement.querySelector("form.composer").addEventListener("htmx:config:request", () => { atEnd = true; });
  toEnd();
}

// A pressed button is marked as busy until its response.
document.addEventListener("htmx:before:request", (event) => { if (event.target !== live) event.target.setAttribute?.("data-busy", ""); });
document.addEventListener("htmx:finally:request", (event) => event.target.removeAttribute?.("data-busy"));

// When an update removes the focused element, the list around it gets the focus.
let focused = null;
let around = null;
document.addEventListener("focusin", (event) => {
  focused = event.target;
  around = focused.closest(".scroll");
});
document.addEventListener("htmx:after:swap", () => {
  if (focused && !focused.isConnected && document.activeElement === document.body) around?.focus({ preventScroll: true });
});

// The sidebar on small screens.
const menu = document.querySelector("button.menu-button");
const setSidebar = (isOpen) => {
  document.body.classList.toggle("sidebar-open", isOpen);
  menu.setAttribute("aria-expanded", String(isOpen));
};
menu.addEventListener("click", () => setSidebar(!document.body.classList.contains("sidebar-open")));
document.querySelector("main").addEventListener("pointerdown", () => setSidebar(false));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog:modal, :popover-open")) return;
  if (document.body.classList.contains("sidebar-open")) {
    setSidebar(false);
    menu.focus();
  } else {
    document.getElementById("close-aside")?.click();
  }
});

// What stays alive on the page: the connection's state, scrolling, focus, pending buttons and the sidebar.

const RETRY_MS = 2000;
const NEAR_END_PX = 80;
const live = document.getElementById("live");
const offline = document.getElementById("offline");

// The stream of changes. The extension connects again by itself once it has been connected; before that, we ask it to.
live.addEventListener("htmx:sse:after:connection", () => { offline.hidden = true; });
live.addEventListener("htmx:sse:error", () => { offline.hidden = false; });
live.addEventListener("htmx:error", () => {
  offline.hidden = false;
  setTimeout(() => live.dispatchEvent(new Event("again")), RETRY_MS);
});

// A page out of sight holds no connection: a browser has six to one address for all its tabs. htmx ends and resumes a stream; one that would begin out of sight waits until it is seen.
live.addEventListener("htmx:before:request", (event) => {
  if (!document.hidden) return;
  event.preventDefault();
  document.addEventListener("visibilitychange", () => live.dispatchEvent(new Event("again")), { once: true });
});

// A list that stands at its end stays there (a message taller than the list shows its beginning); otherwise a button says that there is more below.
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

// What was pressed waits, visibly, for its answer.
document.addEventListener("htmx:before:request", (event) => { if (event.target !== live) event.target.setAttribute?.("data-busy", ""); });
document.addEventListener("htmx:finally:request", (event) => event.target.removeAttribute?.("data-busy"));

// When a change takes away the thing that had the focus, the list around it gets the focus, not the top of the page.
let focused = null;
let around = null;
document.addEventListener("focusin", (event) => {
  focused = event.target;
  around = focused.closest(".scroll");
});
document.addEventListener("htmx:after:swap", () => {
  if (focused && !focused.isConnected && document.activeElement === document.body) around?.focus({ preventScroll: true });
});

// The sidebar on a small screen.
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

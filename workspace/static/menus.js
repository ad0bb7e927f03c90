// Menus: opened by a button, navigated with the arrow keys, closed by Escape or a choice.

const GAP_PX = 4;
let button = null;
let wasOpen = null;

const menuOf = (opener) => document.getElementById(opener.dataset.menu) ?? opener.nextElementSibling;
const items = (menu) => [...menu.querySelectorAll("[role=menuitem]")].filter((item) => item.checkVisibility());

function place(menu, opener) {
  const at = opener.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = at.bottom + GAP_PX;
  const top = below + height > innerHeight ? Math.max(GAP_PX, at.top - height - GAP_PX) : below;
  const left = Math.min(Math.max(GAP_PX, at.right - width), innerWidth - width - GAP_PX);
  menu.style.top = `${top}px`;
  menu.style.left = `${left}px`;
}

// All messages share one menu; its links and values are set when it opens.
function aim(menu, opener) {
  const { ts, kind } = opener.dataset;
  if (!ts) return;
  menu.querySelector("[name=ts]").value = ts;
  const here = new URLSearchParams(location.search);
  const to = (name, value) => {
    const query = new URLSearchParams(here);
    query.set(name, value);
    return `${location.pathname}?${query}`;
  };
  menu.querySelector("[data-to=thread]").href = `${location.pathname}?thread=${ts}`;
  menu.querySelector("[data-to=trace]").href = to("trace", ts);
  menu.querySelector("[data-to=thread]").hidden = kind !== "message";
  for (const shortcut of menu.querySelectorAll("[data-shortcut]")) shortcut.hidden = kind === "ephemeral";
}

function open(opener) {
  const menu = menuOf(opener);
  button = opener;
  aim(menu, opener);
  opener.focus(); // the browser returns the focus to it
  menu.showPopover();
  place(menu, opener);
  opener.setAttribute("aria-expanded", "true");
  items(menu)[0]?.focus();
}

document.addEventListener("pointerdown", (event) => {
  const opener = event.target.closest("[data-menu]");
  wasOpen = opener && menuOf(opener).matches(":popover-open") ? opener : null;
}, true);
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-menu]");
  if (opener && opener !== wasOpen) open(opener);
  wasOpen = null;
  const menu = event.target.closest("[role=menuitem]")?.closest(".menu");
  if (!menu) return;
  button.focus(); // at once: a modal that opens before the menu is hidden returns the focus to what has it now
  setTimeout(() => menu.hidePopover()); // after htmx has handled the click
});
document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (event.newState === "closed" && menu.matches(".menu")) button?.setAttribute("aria-expanded", "false");
}, true);
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.(".menu:popover-open");
  if (!menu) return;
  const all = items(menu);
  const now = all.indexOf(document.activeElement);
  const next = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: -1 }[event.key];
  if (next !== undefined) {
    event.preventDefault();
    all.at(next % all.length)?.focus();
  } else if (event.key === "Tab") {
    menu.hidePopover();
  }
});
addEventListener("resize", () => document.querySelector(".menu:popover-open")?.hidePopover());

// External selects: the app suggests options while the user types.

const PAUSE_MS = 200;
let waiting = 0;
let asking = null;
let count = 0;

const partsOf = (inner) => {
  const lookup = inner.closest(".lookup");
  return {
    lookup,
    box: lookup.querySelector("[role=combobox]"),
    list: lookup.querySelector("[role=listbox]"),
    status: lookup.querySelector("[role=status]"),
    picked: lookup.querySelector(".picked"),
  };
};
const options = (list) => [...list.querySelectorAll("[role=option]")];
const chosen = (list) => list.querySelector("[aria-selected=true]");

function close({ box, list }) {
  list.hidden = true;
  box.setAttribute("aria-expanded", "false");
  box.removeAttribute("aria-activedescendant");
}

function choose({ box, list }, option) {
  chosen(list)?.setAttribute("aria-selected", "false");
  option.setAttribute("aria-selected", "true");
  box.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

async function ask(parts) {
  const { lookup, box, list, status } = parts;
  if (box.value.length < Number(lookup.dataset.least)) return close(parts);
  asking?.abort();
  asking = new AbortController();
  const { address, ...element } = JSON.parse(lookup.dataset.suggest);
  const body = new URLSearchParams({ ...element, typed: box.value });
  let html = "";
  try {
    const response = await fetch(address, { method: "POST", body, signal: asking.signal });
    const answer = await response.text();
    if (response.ok) html = answer;
    else status.textContent = new DOMParser().parseFromString(answer, "text/html").body.textContent;
  } catch (error) {
    if (error.name === "AbortError") return;
    status.textContent = "The workspace does not answer.";
  }
  list.innerHTML = html; // from our own server, which escapes it
  list.id ||= `suggestions-${count++}`;
  box.setAttribute("aria-controls", list.id);
  const found = options(list);
  found.forEach((option, number) => { option.id = `${list.id}-${number}`; });
  list.hidden = found.length === 0;
  box.setAttribute("aria-expanded", String(found.length > 0));
  if (found.length) choose(parts, found[0]);
  if (html) status.textContent = `${found.length} suggestion${found.length === 1 ? "" : "s"}`;
  status.classList.toggle("sr-only", found.length > 0);
}

function take(parts, option) {
  const { lookup, box, picked } = parts;
  const token = document.createElement("span");
  token.className = "token";
  const field = Object.assign(document.createElement("input"), { type: "hidden", name: lookup.dataset.field, value: option.dataset.value });
  token.append(field, option.firstElementChild.textContent);
  if (!("several" in lookup.dataset)) picked.replaceChildren();
  picked.append(token);
  box.value = "";
  close(parts);
  lookup.dispatchEvent(new Event("picked"));
}

document.addEventListener("input", (event) => {
  if (!event.target.matches(".lookup [role=combobox]")) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => ask(partsOf(event.target)), PAUSE_MS);
});
document.addEventListener("focusin", (event) => {
  if (event.target.matches(".lookup[data-least='0'] [role=combobox]")) ask(partsOf(event.target));
});
document.addEventListener("focusout", (event) => {
  if (event.target.matches(".lookup [role=combobox]")) close(partsOf(event.target));
});
document.addEventListener("pointerdown", (event) => {
  const option = event.target.closest(".suggestions [role=option]");
  if (!event.target.closest(".suggestions")) return;
  event.preventDefault();
  if (option) take(partsOf(option), option);
});
document.addEventListener("click", (event) => {
  const drop = event.target.closest(".lookup .drop");
  if (!drop) return;
  const { lookup, box } = partsOf(drop);
  drop.closest(".token").remove();
  lookup.dispatchEvent(new Event("picked"));
  box.focus();
});
document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.(".lookup [role=combobox]")) return;
  const parts = partsOf(event.target);
  const found = options(parts.list);
  const now = found.indexOf(chosen(parts.list));
  const isOpen = !parts.list.hidden;
  const actions = {
    ArrowDown: () => (isOpen ? choose(parts, found[(now + 1) % found.length]) : ask(parts)),
    ArrowUp: () => isOpen && choose(parts, found.at(now - 1)),
    Enter: () => isOpen && take(parts, found[now]),
    Escape: () => isOpen && close(parts),
  };
  if (!actions[event.key]) return;
  if (event.key !== "Escape" || isOpen) event.preventDefault();
  actions[event.key]();
});

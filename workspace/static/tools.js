// Around the chat: the channel switcher, the running clock, copying, notices.

// Ctrl-K: go to a channel or person by a few letters.
const switcher = document.createElement("dialog");
switcher.className = "switcher";
switcher.setAttribute("aria-label", "Go to a channel, person or app");
switcher.innerHTML = `<input type="text" role="combobox" aria-expanded="true" aria-controls="goals" aria-autocomplete="list" aria-label="Go to" placeholder="Go to…" autocomplete="off" spellcheck="false"><ul role="listbox" id="goals" aria-label="Places"></ul><p class="sr-only" role="status"></p>`;
document.body.append(switcher);
const [box, goals, status] = switcher.children;
const shownGoals = () => [...goals.children];

function choose(goal) {
  for (const each of goals.children) each.setAttribute("aria-selected", String(each === goal));
  if (goal) box.setAttribute("aria-activedescendant", goal.id);
  else box.removeAttribute("aria-activedescendant");
  goal?.scrollIntoView({ block: "nearest" });
}

function list() {
  const words = box.value.trim().toLowerCase();
  const links = [...document.querySelectorAll("#rooms a")].filter((link) => link.textContent.toLowerCase().includes(words));
  goals.replaceChildren(...links.map((link, number) => {
    const goal = document.createElement("li");
    goal.id = `goal-${number}`;
    goal.setAttribute("role", "option");
    goal.dataset.href = link.href;
    goal.append(...[...link.childNodes].map((node) => node.cloneNode(true)));
    return goal;
  }));
  choose(goals.firstElementChild);
  status.textContent = `${links.length} place${links.length === 1 ? "" : "s"}`;
}

function go(goal) {
  if (goal) location.href = goal.dataset.href;
}

function openSwitcher() {
  if (switcher.open || document.querySelector("dialog:modal")) return;
  box.value = "";
  list();
  switcher.showModal();
}

box.addEventListener("input", list);
box.addEventListener("keydown", (event) => {
  const all = shownGoals();
  const now = all.findIndex((goal) => goal.getAttribute("aria-selected") === "true");
  const actions = { ArrowDown: () => choose(all[(now + 1) % all.length]), ArrowUp: () => choose(all.at(now - 1)), Enter: () => go(all[now]) };
  if (!actions[event.key]) return;
  event.preventDefault();
  actions[event.key]();
});
goals.addEventListener("click", (event) => go(event.target.closest("li")));
switcher.addEventListener("click", (event) => { if (event.target === switcher) switcher.close(); });
document.getElementById("find").addEventListener("click", openSwitcher);
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
  event.preventDefault();
  openSwitcher();
});

// The clock goes on between two messages from the workspace.
const TICK_MS = 5000;
const face = document.getElementById("clock_face");
function tick() {
  const shown = face.querySelector("time");
  const now = new Date(Date.now() + Number(shown.dataset.offset) * 1000);
  const time = new Intl.DateTimeFormat("en-GB", { timeZone: shown.dataset.zone, hour: "2-digit", minute: "2-digit" }).format(now);
  if (shown.lastChild.textContent !== time) shown.lastChild.textContent = time;
}
setInterval(tick, TICK_MS);

// After a move its panel closes, so that it does not cover new messages.
document.addEventListener("clock-moved", () => document.querySelector("#clock-panel:popover-open")?.hidePopover());

// Copying JSON from a trace.
const COPIED_MS = 1500;
document.addEventListener("click", async (event) => {
  const copy = event.target.closest("button.copy");
  if (!copy) return;
  await navigator.clipboard.writeText(copy.parentElement.querySelector("pre").textContent);
  copy.textContent = "Copied";
  setTimeout(() => { copy.textContent = "Copy"; }, COPIED_MS);
});

// A notice stays until it is dismissed, or the next request.
const toast = document.getElementById("toast");
toast.parentElement.querySelector("button").addEventListener("click", () => toast.replaceChildren());
document.addEventListener("htmx:config:request", () => toast.replaceChildren());

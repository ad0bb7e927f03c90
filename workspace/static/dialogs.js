// Dialogs: the app's modals, and confirmation dialogs.

const modals = document.getElementById("modals");
let shown = null;
let opener = null;

// The server renders the modal on top; showModal() keeps the focus inside it.
function show() {
  const dialog = modals.querySelector("dialog");
  const view = dialog?.dataset.view ?? null;
  if (view === shown) {
    if (dialog) focusFault(dialog);
    return;
  }
  if (!shown) opener = document.activeElement;
  shown = view;
  if (dialog) begin(dialog);
  else if (opener?.isConnected && opener.checkVisibility()) opener.focus();
  else document.querySelector("textarea, .scroll")?.focus({ preventScroll: true });
}

// A modal opens scrolled to its top, with the focus on its first field, or on its text when that field is further down.
function begin(dialog) {
  dialog.showModal();
  const inputs = dialog.querySelector(".inputs");
  const wanted = inputs.querySelector("[autofocus]");
  if (wanted) {
    wanted.focus();
    return;
  }
  inputs.scrollTop = 0;
  const first = inputs.querySelector("input:not([type=hidden]), select, textarea, button");
  const isInSight = first && first.getBoundingClientRect().bottom <= inputs.getBoundingClientRect().bottom;
  (isInSight ? first : inputs).focus({ preventScroll: true });
}

// The first invalid field gets the focus once, when its error appears.
const refused = new WeakSet();
function focusFault(dialog) {
  const fault = dialog.querySelector("[aria-invalid]");
  if (fault && !refused.has(dialog)) {
    (fault.matches("input, select, textarea") ? fault : fault.querySelector("input"))?.focus();
    refused.add(dialog);
  }
}

async function close(dialog, all) {
  const body = new URLSearchParams({ view_id: dialog.dataset.view, all });
  await fetch(`${dialog.dataset.address}/close`, { method: "POST", body }).catch(() => {});
}

modals.addEventListener("cancel", (event) => {
  if (!event.target.matches("dialog.modal")) return;
  event.preventDefault(); // the server closes it and updates the page
  close(event.target, "no");
}, true);
modals.addEventListener("click", (event) => {
  const button = event.target.closest("[data-close]");
  if (button) close(button.closest("dialog"), button.dataset.close === "all" ? "yes" : "no");
});
modals.addEventListener("htmx:config:request", (event) => {
  if (event.target.matches("form")) refused.delete(event.target.closest("dialog"));
});
modals.addEventListener("htmx:error", () => {
  const problem = document.getElementById("modal-problem");
  if (problem) problem.textContent = "Not sent: the workspace did not answer. What you filled in is still here.";
});
new MutationObserver(show).observe(modals, { childList: true, subtree: true, attributeFilter: ["aria-invalid"] });
show();

// Confirmation: its text is in a template after the element.
document.addEventListener("htmx:confirm", (event) => {
  event.preventDefault();
  const { ctx, issueRequest, dropRequest } = event.detail;
  const source = ctx.sourceElement;
  const dialog = document.createElement("dialog");
  dialog.className = "ask";
  dialog.append(source.nextElementSibling.content.cloneNode(true));
  dialog.querySelector("h2").id = "ask-title";
  dialog.setAttribute("aria-labelledby", "ask-title");
  dialog.addEventListener("click", (click) => {
    const button = click.target.closest("button");
    if (button) dialog.close(button.value);
  });
  dialog.addEventListener("close", () => {
    if (dialog.returnValue === "confirm") issueRequest();
    else {
      undo(source);
      dropRequest();
    }
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
});

function undo(source) {
  for (const field of [source, ...source.querySelectorAll("input, option")]) {
    if (field.matches("select")) for (const option of field.options) option.selected = option.defaultSelected;
    else if (field.matches("[type=checkbox], [type=radio]")) field.checked = field.defaultChecked;
    else if (field.matches("input")) field.value = field.defaultValue;
  }
}

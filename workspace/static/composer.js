// Message boxes: sending, completion of commands and names, drafts, history.

const SENT_KEPT = 50;

class Composer {
  constructor(form) {
    this.form = form;
    this.box = form.querySelector("textarea");
    this.list = form.querySelector("[role=listbox]");
    this.options = [...this.list.children];
    this.usage = form.querySelector(".usage");
    this.notice = form.querySelector(".notice");
    this.count = form.querySelector("[data-count]");
    this.draftKey = `draft:${form.dataset.draft}`;
    this.sentKey = `sent:${form.dataset.draft.split(":")[1]}`;
    this.recalled = null;
    this.setText(this.box.value || (sessionStorage.getItem(this.draftKey) ?? ""));
    this.close();
    this.box.addEventListener("input", () => this.typed());
    this.box.addEventListener("keydown", (event) => this.pressed(event));
    this.box.addEventListener("blur", () => this.close());
    this.list.addEventListener("pointerdown", (event) => this.pointed(event));
    form.addEventListener("submit", (event) => event.preventDefault()); // htmx sends it; before htmx has loaded, the text is kept
    form.addEventListener("htmx:config:request", (event) => this.sending(event));
    form.addEventListener("htmx:response:error", (event) => this.refused(event));
    form.addEventListener("htmx:error", (event) => this.refused(event));
  }

  setText(text) {
    this.box.value = text;
    this.keepDraft();
    this.fit();
    this.showUsage();
  }

  keepDraft() {
    if (this.box.value) sessionStorage.setItem(this.draftKey, this.box.value);
    else sessionStorage.removeItem(this.draftKey);
  }

  fit() {
    this.box.rows = Math.min(8, this.box.value.split("\n").length);
  }

  typed() {
    this.recalled = null;
    this.keepDraft();
    this.fit();
    this.showUsage();
    this.complete();
  }

  // Completion.

  word() {
    const before = this.box.value.slice(0, this.box.selectionStart);
    return before.match(/^\/\S*$|(?:^|\s)([@#][^@#\n]{0,40})$/)?.at(0).trimStart() ?? "";
  }

  complete() {
    const word = this.word().toLowerCase();
    const fits = (option) => word && option.dataset.insert.toLowerCase().startsWith(word);
    for (const option of this.options) option.hidden = !fits(option);
    const shown = this.shown();
    const isWhole = shown.length === 1 && shown[0].dataset.insert.toLowerCase() === word;
    if (shown.length === 0 || isWhole) return this.close();
    this.list.hidden = false;
    this.choose(shown[0]);
    this.count.textContent = `${shown.length} suggestion${shown.length === 1 ? "" : "s"}; arrow keys choose, Tab takes`;
  }

  shown() {
    return this.options.filter((option) => !option.hidden);
  }

  choose(chosen) {
    for (const option of this.options) option.setAttribute("aria-selected", String(option === chosen));
    this.chosen = chosen;
    this.box.setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  }

  move(step) {
    const shown = this.shown();
    this.choose(shown[(shown.indexOf(this.chosen) + step + shown.length) % shown.length]);
  }

  take(option) {
    const start = this.box.selectionStart - this.word().length;
    this.box.setRangeText(`${option.dataset.insert} `, start, this.box.selectionStart, "end");
    this.close();
    this.typed();
  }

  close() {
    this.list.hidden = true;
    this.box.removeAttribute("aria-activedescendant");
    this.count.textContent = "";
  }

  showUsage() {
    const [name] = this.box.value.split(/\s/, 1);
    const option = this.options.find((each) => name.startsWith("/") && each.dataset.insert === name);
    this.usage.textContent = option ? option.textContent.trim() : "";
    this.usage.hidden = !option;
    if (option) this.usage.replaceChildren(...[...option.childNodes].map((node) => node.cloneNode(true)));
  }

  pointed(event) {
    const option = event.target.closest("[role=option]");
    event.preventDefault();
    if (option) this.take(option);
  }

  // Keys.

  pressed(event) {
    if (event.isComposing) return;
    const isOpen = !this.list.hidden;
    const plain = !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey;
    const actions = isOpen
      ? { ArrowDown: () => this.move(1), ArrowUp: () => this.move(-1), Enter: () => this.take(this.chosen), Tab: () => this.take(this.chosen), Escape: () => this.close() }
      : { Enter: () => this.form.requestSubmit() };
    if (!isOpen && this.mayRecall()) {
      actions.ArrowUp = () => this.recall(1);
      if (this.recalled !== null) actions.ArrowDown = () => this.recall(-1);
    }
    if (!plain || !actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  }

  // History.

  sent() {
    return JSON.parse(sessionStorage.getItem(this.sentKey) ?? "[]");
  }

  mayRecall() {
    return this.box.value === "" || this.recalled !== null;
  }

  recall(step) {
    const sent = this.sent();
    const place = Math.min((this.recalled ?? -1) + step, sent.length - 1);
    this.setText(place < 0 ? "" : sent[place]);
    this.recalled = place < 0 ? null : place;
    this.box.setSelectionRange(this.box.value.length, this.box.value.length);
  }

  // Sending clears the box at once; a refused text is put back.

  sending(event) {
    const text = event.detail.ctx.request.body.get("text");
    if (!text.trim()) {
      event.preventDefault();
      return;
    }
    const sent = [text, ...this.sent().filter((each) => each !== text)];
    sessionStorage.setItem(this.sentKey, JSON.stringify(sent.slice(0, SENT_KEPT)));
    this.notice.replaceChildren();
    this.recalled = null;
    this.setText("");
    this.close();
  }

  refused(event) {
    const text = new URLSearchParams(event.detail.ctx?.request?.body ?? "").get("text");
    if (text && !this.box.value) this.setText(text);
    if (event.type === "htmx:error") this.notice.textContent = "Not sent: the workspace did not answer. Your text is still here.";
  }
}

const composers = [...document.querySelectorAll("form.composer")].map((form) => new Composer(form));

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-insert]");
  if (!button) return;
  composers[0].setText(button.dataset.insert);
  composers[0].box.focus();
});

// On devices with a keyboard the box gets the focus once htmx has loaded.
document.addEventListener("htmx:after:process", () => {
  if (matchMedia("(pointer: fine)").matches && !document.querySelector("dialog:modal")) composers.at(-1)?.box.focus();
}, { once: true });

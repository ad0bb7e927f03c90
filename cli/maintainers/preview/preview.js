// Takes each new edition of the page in place of the old one, and keeps the focus where it was.
"use strict";

const status = document.getElementById("status");
const events = new EventSource("/live/events");
let wanted = "";

const say = (words) => {
  status.textContent = words;
};

const update = async () => {
  const asked = wanted;
  const response = await fetch(location.href, { cache: "no-store" });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.querySelector("main");
  if (!response.ok || !fresh || asked !== wanted) return;
  const focused = document.activeElement?.getAttribute?.("href");
  document.querySelector("main").replaceWith(document.adoptNode(fresh));
  document.title = page.title;
  if (focused) document.querySelector(`main a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  const faults = document.querySelectorAll(".faults > .error").length;
  const time = new Date().toLocaleTimeString("en-GB");
  say(faults ? `${time}: ${faults} to put right.` : `Updated at ${time}.`);
};

events.onmessage = (event) => {
  wanted = event.data;
  if (document.querySelector("main").dataset.edition !== wanted) update().catch(() => say("The page could not be updated."));
};
events.onerror = () => say("The preview has stopped. Start it again: briefing-bot preview --browser");
events.onopen = () => say("This page follows each edit.");

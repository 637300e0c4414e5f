/* What pages do in the browser. All of it is comfort: without it every link and every form still works.
   - parts of the page that have changed are replaced as they come (`data-live`), by an event stream (`data-live-from`)
   - buttons that copy a text, show a password, or make one
   - times in the reader's own zone, and how long ago they were */

const body = document.body;
const phrases = JSON.parse(body.dataset.phrases || "{}");

/* --- times ------------------------------------------------------------------------------------------------------- */

const pad = (number, digits = 2) => String(number).padStart(digits, "0");

function clock(date) {
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

function day(date) {
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

function ago(seconds) {
  const [days, hours, minutes, one] = phrases.units.split(" ");
  const sizes = [[86400, days], [3600, hours], [60, minutes], [1, one]];
  const whole = Math.max(0, Math.floor(seconds));
  const [size, unit] = sizes.find(([size]) => whole >= size) || sizes[3];
  return phrases.ago.replace("{}", `${Math.floor(whole / size)} ${unit}`);
}

/* The server's clock and the reader's may differ: what counts is the time since the page or its part was made. */
let behind = Number(body.dataset.made) * 1000 - Date.now();

function tell(time) {
  const date = new Date(time.dateTime);
  const kind = time.dataset.time;
  let words;
  if (kind === "clock") words = day(date) === day(new Date()) ? clock(date) : `${day(date)} ${clock(date)}`;
  else if (kind === "date") words = `${day(date)} ${clock(date)}`;
  else words = ago((Date.now() + behind - date.getTime()) / 1000);
  if (time.textContent !== words) time.textContent = words;
  if (kind === "ago" && !time.title) time.title = `${day(date)} ${clock(date)}`;
}

function tellTimes(within) {
  for (const time of within.querySelectorAll("time[data-time]")) tell(time);
}

/* --- parts of the page that are replaced ------------------------------------------------------------------------- */

const keyOf = (node) => (node.nodeType === 1 ? node.dataset.key || node.id : "");

function same(one, other) {
  return one.nodeType === other.nodeType && one.nodeName === other.nodeName && keyOf(one) === keyOf(other);
}

/* Attributes that belong to the reader, not to the server. */
const kept = (node, name) =>
  (name === "open" && node.nodeName === "DETAILS") || (name === "title" && node.nodeName === "TIME") ||
  (name === "hidden" && node.nodeName === "BUTTON");

function morphAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !kept(old, name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !kept(old, name)) old.setAttribute(name, value);
  }
}

/* A form that the reader has touched, or stands in, is the reader's until it is sent. */
function edited(form) {
  return form.dataset.touched !== undefined ||
    (form.contains(document.activeElement) && document.activeElement.matches("input, select, textarea"));
}

function morph(old, fresh) {
  if (old.nodeType !== 1) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  if ((keyOf(old) || old.nodeName === "TD") && old.isEqualNode(fresh)) return; /* the browser compares faster than this script */
  if (old.nodeName === "FORM" && edited(old)) return;
  if (keyOf(old) && old.isEqualNode(fresh)) return; /* most rows, most of the time */
  morphAttributes(old, fresh);
  morphChildren(old, fresh);
}

/* Nodes that stay are never moved: to move a node takes the focus from it. */
function morphChildren(old, fresh) {
  let here = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    let found = here;
    while (found && !same(found, wanted)) found = found.nextSibling;
    if (found && found !== here && !keyOf(wanted) && !worthIt(here, found)) found = null;
    if (!found) {
      old.insertBefore(wanted, here);
      continue;
    }
    while (here !== found) here = drop(here);
    morph(found, wanted);
    here = found.nextSibling;
  }
  while (here) here = drop(here);
}

/* Without a key, a node further on is taken only if nothing with a key would go for it. */
function worthIt(from, to) {
  for (let node = from; node !== to; node = node.nextSibling) if (keyOf(node)) return false;
  return true;
}

function drop(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

function replace(name, html) {
  const place = document.querySelector(`[data-live="${CSS.escape(name)}"]`);
  if (!place) return;
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  tellTimes(fresh.content);
  tellTimes(place); /* so that only what really changed differs */
  const focused = document.activeElement;
  const was = focused && place.contains(focused) ? focused.id : "";
  morphChildren(place, fresh.content);
  if (was && document.activeElement !== focused) document.getElementById(was)?.focus({ preventScroll: true });
  wake(place);
}

/* --- the event stream -------------------------------------------------------------------------------------------- */

const LOST_AFTER = 3000;
const SILENT_AFTER = 40000;
const lost = document.getElementById("lost");
let source = null;
let retry = 1000;
let alarm = 0;
let watchdog = 0;

function isLost() {
  if (alarm) return;
  alarm = setTimeout(() => { lost.textContent = phrases.lost; body.dataset.lost = ""; }, LOST_AFTER);
}

function isThere() {
  clearTimeout(alarm);
  alarm = 0;
  retry = 1000;
  lost.textContent = "";
  delete body.dataset.lost;
  clearTimeout(watchdog);
  watchdog = setTimeout(again, SILENT_AFTER);
}

function close() {
  clearTimeout(watchdog);
  source?.close();
  source = null;
}

function again() {
  close();
  isLost();
  const wait = retry * (0.7 + 0.6 * Math.random());
  retry = Math.min(retry * 2, 15000);
  setTimeout(open, wait);
}

function open() {
  if (source || document.hidden) return;
  source = new EventSource(body.dataset.liveFrom);
  source.addEventListener("hello", (event) => {
    isThere();
    const { version, now } = JSON.parse(event.data);
    behind = now * 1000 - Date.now();
    if (version && version !== body.dataset.version && ![...document.forms].some(edited)) location.reload();
  });
  source.addEventListener("part", (event) => {
    isThere();
    const { name, html } = JSON.parse(event.data);
    replace(name, html);
  });
  source.addEventListener("beat", isThere);
  source.addEventListener("gone", () => { /* a form that is on its way brings a page of its own */
    close();
    if (![...document.forms].some((form) => form.dataset.sent !== undefined)) location.reload();
  });
  source.addEventListener("error", again);
}

/* --- buttons ----------------------------------------------------------------------------------------------------- */

/* Letters and digits that can't be taken for one another, and signs that no charger and no shell stumbles over. */
const LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789-_.+=";

function randomPassword(length = 20) {
  const most = 256 - (256 % LETTERS.length);
  let made = "";
  while (made.length < length) {
    for (const octet of crypto.getRandomValues(new Uint8Array(64))) {
      if (octet < most && made.length < length) made += LETTERS[octet % LETTERS.length];
    }
  }
  return made;
}

function say(words) {
  const place = document.getElementById("said");
  place.textContent = "";
  setTimeout(() => { place.textContent = words; }, 50);
}

function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea"); /* without TLS there is no clipboard */
  area.value = text;
  area.className = "hidden";
  const focused = document.activeElement;
  body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  focused?.focus({ preventScroll: true });
  return done ? Promise.resolve() : Promise.reject(new Error("copy"));
}

async function copy(button, text) {
  const words = button.querySelector("[data-words]");
  try {
    await copyText(text);
    words.textContent = phrases.copied;
    say(phrases.copied);
  } catch {
    say(phrases.not_copied);
    return;
  }
  setTimeout(() => { words.textContent = phrases.copy; }, 2000);
}

function show(button, on) {
  const field = document.getElementById(button.dataset.show);
  field.type = on ? "text" : "password";
  button.setAttribute("aria-pressed", String(on));
  button.textContent = on ? phrases.hide : phrases.show;
}

function makeRandom(button) {
  const field = document.getElementById(button.dataset.random);
  const [user, colon] = field.value.includes(":") ? [field.value.split(":")[0], ":"] : ["", ""];
  field.value = (colon ? `${user}:` : button.dataset.before) + randomPassword();
  field.dispatchEvent(new Event("input", { bubbles: true }));
  const shower = document.querySelector(`[data-show="${field.id}"]`);
  if (shower) show(shower, true);
  say(phrases.made);
  field.focus();
}

body.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.copy !== undefined) copy(button, button.dataset.copy);
  else if (button.dataset.copyField) copy(button, document.getElementById(button.dataset.copyField).value);
  else if (button.dataset.show) show(button, button.getAttribute("aria-pressed") !== "true");
  else if (button.dataset.random) makeRandom(button);
});

body.addEventListener("input", (event) => {
  if (event.target.form) event.target.form.dataset.touched = "";
});

/* What shows only with a choice, such as a field for it: `data-with="name=value"`; several values stand with spaces. */
function tellChoices(form) {
  for (const part of form.querySelectorAll("[data-with]")) {
    const [name, value] = part.dataset.with.split("=");
    const chosen = form.elements[name];
    part.hidden = Boolean(chosen) && !value.split(" ").includes(chosen.value);
  }
}

body.addEventListener("change", (event) => {
  if (event.target.form) tellChoices(event.target.form);
});

/* One click is enough; a page that comes back from the browser's memory can send again. */
body.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent !== undefined) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "";
  if (form.dataset.file !== undefined) setTimeout(() => sendable(form), FILE_AFTER); /* a file brings no other page */
  for (const button of form.querySelectorAll("button[type=submit]")) button.setAttribute("aria-busy", "true");
});

/* Another script has drawn something. */
addEventListener("edge:drawn", () => {
  wake(document);
  for (const form of document.forms) tellChoices(form);
  tellTimes(document);
});

const FILE_AFTER = 3000;

function sendable(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
}

addEventListener("pageshow", () => {
  for (const form of document.forms) sendable(form);
});

function wake(within) {
  const ours = "[data-copy], [data-copy-field], [data-show], [data-random]";
  for (const button of within.querySelectorAll(ours)) button.hidden = false;
}

/* ----------------------------------------------------------------------------------------------------------------- */

wake(document);
for (const form of document.forms) tellChoices(form);
tellTimes(document);
setInterval(() => {
  for (const time of document.querySelectorAll('time[data-time="ago"]')) tell(time);
}, 1000);
if (body.dataset.liveFrom) {
  open();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) close(); /* a browser has six connections to a server, for all of its tabs */
    else open();
  });
}

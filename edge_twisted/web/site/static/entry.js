/* What helps to enter something; without it all forms work as well.
   - `form[data-stay]`: is sent without leaving the page, so that a password that was typed need not be typed again
   - `button[data-all]`: ticks all boxes of its form
   - `button[data-fill]`: enters its `data-value` in the field of that name
   - `input[data-into]`: reads a file into the field of that name, a certificate that is not text as PEM */

const SECRETS = "input[type=password], [data-secret]";
const LONGEST = 45000;

function pem(octets) {
  const text = btoa(String.fromCharCode(...octets));
  return `-----BEGIN CERTIFICATE-----\n${text.match(/.{1,64}/g).join("\n")}\n-----END CERTIFICATE-----\n`;
}

async function read(input) {
  const file = input.files[0];
  const field = document.getElementById(input.dataset.into);
  input.setCustomValidity("");
  if (!file) return;
  if (file.size > LONGEST) {
    input.value = "";
    input.setCustomValidity(input.dataset.tooLong);
    input.reportValidity();
    return;
  }
  const octets = new Uint8Array(await file.arrayBuffer());
  const binary = octets[0] === 0x30;
  field.value = binary ? pem(octets) : new TextDecoder().decode(octets);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

function rouse() {
  for (const part of document.querySelectorAll("[data-file], [data-all], [data-fill]")) part.hidden = false;
}

function rest(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
}

function put(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const main = document.getElementById("main");
  const typed = new Map();
  for (const field of main.querySelectorAll(SECRETS)) if (field.name) typed.set(field.name, field.value);
  main.replaceChildren(...document.importNode(fresh.getElementById("main"), true).childNodes);
  for (const field of main.querySelectorAll(SECRETS)) if (typed.get(field.name)) field.value = typed.get(field.name);
  for (const part of main.querySelectorAll("[data-again]")) part.remove();
  document.title = fresh.title;
  dispatchEvent(new CustomEvent("edge:drawn"));
  rouse();
  main.querySelector("[autofocus]")?.focus();
}

async function send(form, button) {
  const data = new URLSearchParams(new FormData(form));
  if (button?.name) data.append(button.name, button.value);
  try {
    const answer = await fetch(form.action, { method: "POST", body: data });
    if (answer.redirected) {
      location.assign(answer.url);
      return;
    }
    put(await answer.text());
  } catch {
    rest(form);
    const said = document.getElementById("said");
    said.className = "notice bad";
    said.textContent = form.dataset.failed;
    said.scrollIntoView({ block: "center" });
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.stay === undefined) return;
  event.preventDefault();
  if (form.dataset.sent === undefined) send(form, event.submitter);
}, { capture: true });

document.addEventListener("change", (event) => {
  if (event.target.dataset?.into) read(event.target);
});

document.addEventListener("click", (event) => {
  const filler = event.target.closest("button[data-fill]");
  if (filler) {
    const field = document.getElementById(filler.dataset.fill);
    field.value = filler.dataset.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }
  const button = event.target.closest("button[data-all]");
  if (!button) return;
  const boxes = [...button.form.querySelectorAll("li input[type=checkbox]")];
  const on = boxes.some((box) => !box.checked);
  for (const box of boxes) box.checked = on;
});

rouse();

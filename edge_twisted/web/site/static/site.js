/* The box's clock beside the reader's; and a button that is pressed for a file can be pressed again. */
const UNITS = [[86400, 0], [3600, 1], [60, 2], [1, 3]];
const units = (JSON.parse(document.body.dataset.phrases || "{}").units || "d h min s").split(" ");

for (const place of document.querySelectorAll("[data-clock]")) {
  const ahead = Number(place.dataset.clock) - Date.now() / 1000;
  const off = Math.abs(ahead);
  if (off < 30) continue;
  const [size, unit] = UNITS.find(([size]) => off >= size);
  const words = ahead > 0 ? place.dataset.ahead : place.dataset.behind;
  place.textContent = words.replace("{}", `${Math.floor(off / size)} ${units[unit]}`);
}

addEventListener("submit", (event) => {
  if (!event.target.action.endsWith("/bundle")) return;
  setTimeout(() => {
    delete event.target.dataset.sent;
    for (const button of event.target.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  }, 3000);
});

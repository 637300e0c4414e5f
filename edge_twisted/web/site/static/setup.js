/* The label's QR code carries the set-up code behind the #, which no server and no log ever sees. */
const code = /^#setup=([0-9A-Za-z-]{1,40})$/.exec(location.hash);
if (code) {
  const field = document.getElementById("f-code");
  if (field && !field.value) field.value = code[1];
  history.replaceState(null, "", location.pathname);
  document.getElementById("f-name")?.focus();
}

"""Every page is looked at in the same way: by axe-core, by the keyboard alone, at both widths, in light and dark.

Dark is the same at both widths, as far as axe-core goes, and so is asked about at one.

A picture of each page is made on the way, into the folder that `EDGE_PICTURES` names (`make pictures`); without it,
none. That `docs/pictures` holds one of each page, and nothing else, is what a test run sees to.
"""

import base64
import os
from pathlib import Path
from typing import Any, Final

from twisted.trial.unittest import SkipTest

from edge_twisted.trust.host import host_addresses, host_names
from tests.real.browsing import SIZES, EdgeCase
from tests.real.child import PROJECT
from tests.real.peer import PEERS

AXE: Final = PEERS / "node_modules" / "axe-core" / "axe.min.js"
PICTURES: Final = PROJECT / "docs" / "pictures"
TALLEST: Final = 1500
"""What is below this, in CSS pixels, is cut off a picture."""
QUALITY: Final = 50
"""Of a picture, in percent: flat colours and text bear it."""

OPEN: Final = "for (const one of document.querySelectorAll('details')) one.open = true"
"""What is folded away is a part of the page, too."""
NEUTRAL: Final = """(words) => {
  const times = {ago: '12 s ago', clock: '09:41:00', date: '2027-01-15 09:41:00'};
  for (const one of document.querySelectorAll('time[data-time]')) {
    one.textContent = times[one.dataset.time];
    delete one.dataset.time;
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode())
    for (const [from, to] of words) walker.currentNode.data = walker.currentNode.data.replaceAll(from, to);
}"""
"""Pictures show no moment and no machine."""
COLOURS: Final = ["color-contrast", "link-in-text-block"]
"""The rules that see a difference between light and dark."""
RUN_AXE: Final = """async (rules) => {
  const run = rules ? {runOnly: {type: 'rule', values: rules}} : {};
  const found = await axe.run(document, {...run, resultTypes: ['violations']});
  return found.violations.flatMap(one => one.nodes.map(node => `${one.id}: ${node.target} ${node.failureSummary}`));
}"""
BROKEN: Final = """() => {
  const walker = document.createTreeWalker(document.getElementById('main'), NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  const found = [];
  while (walker.nextNode()) {
    const text = walker.currentNode;
    if (text.parentElement.closest('.hidden, code, pre, thead') || !text.parentElement.checkVisibility()) continue;
    for (const word of text.data.matchAll(/(?<![^ \\n])[A-Za-z]{2,16}(?![^ \\n.,:])/g)) {
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map(one => one.top)).size > 1) found.push(word[0]);
    }
  }
  return found;
}"""
"""Words that are cut in two where a line ends: what holds them is too narrow to be read."""
CONTROLS: Final = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
WATCH: Final = (
    """() => {
  const seen = window.seenByKeyboard = [];
  const group = (one) => one.type === 'radio' ? one.form?.id + one.name : '';
  const known = [...document.querySelectorAll(`CONTROLS`)].filter(one => !one.disabled && one.checkVisibility());
  window.controls = known;
  document.addEventListener('focusin', (event) => {
    const style = getComputedStyle(event.target);
    seen.push({node: event.target, ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2});
  });
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute('tabindex');
  seen.length = 0;
  const first = (one) => known.find(two => group(two) === group(one));
  return known.filter((one) => !group(one) || first(one) === one).length;
}"""
).replace("CONTROLS", CONTROLS)
JUDGE: Final = """() => {
  const seen = window.seenByKeyboard;
  const name = (one) => one.outerHTML.slice(0, 120);
  const wrong = [];
  const kind = (one) => one.type === 'radio' ? one.name : '';
  const radio = (one, two) => kind(one) !== '' && kind(one) === kind(two) && one.form === two.form;
  for (const one of window.controls) {
    const reached = seen.some(({node}) => node === one || radio(node, one));
    if (one.isConnected && !reached) wrong.push('not reached: ' + name(one));
  }
  const nodes = seen.map(({node}) => node);
  for (let at = 1; at < nodes.length; at++) {
    if (nodes.indexOf(nodes[at]) < at) break;
    if (!nodes[at].isConnected || !nodes[at - 1].isConnected) continue;
    if (nodes[at - 1].compareDocumentPosition(nodes[at]) & Node.DOCUMENT_POSITION_PRECEDING)
      wrong.push('out of order: ' + name(nodes[at]));
  }
  for (const {node, ring} of seen) if (!ring) wrong.push('focus not seen: ' + name(node));
  return wrong;
}"""


class PageCase(EdgeCase):
    """A walk over pages.

    Attributes:
        findings: what is wrong with them; all of it is told at the end of a walk.
        pictured: the names of the pages that have a picture.
    """

    def setUp(self) -> None:
        super().setUp()
        if not AXE.is_file():
            raise SkipTest("the package axe-core is absent: npm ci in tests/real/peers")
        self.findings: list[str] = []
        self.pictured: set[str] = set()
        wanted = os.environ.get("EDGE_PICTURES")
        self.folder = PROJECT / wanted if wanted else None
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)

    def look(self, page: Any, name: str, picture: bool = True) -> None:
        """Look at the page that is open.

        Args:
            page: it.
            name: how it is called, here and in `docs/pictures`.
            picture: whether it has one there.
        """
        page.wait_for_load_state()
        if picture:
            self.pictured.add(name)
            if self.folder is not None:
                self._picture(page, name, self.folder)
        if name.endswith("-dark"):  # what it shows in light was looked at just now, in dark too
            return
        page.evaluate(OPEN)
        self._keyboard(page, name)
        page.evaluate(AXE.read_text())
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            self.fits(page)
            self.findings += [f"{name} ({size}): cut in two: {word}" for word in page.evaluate(BROKEN)]
            self._ask(page, f"{name} ({size}, light)", "light", None)
        self._ask(page, f"{name} ({size}, dark)", "dark", COLOURS)

    def _ask(self, page: Any, name: str, scheme: str, rules: list[str] | None) -> None:
        """axe-core finds nothing in one of the schemes."""
        page.emulate_media(color_scheme=scheme)
        self.findings += [f"{name}: {one}" for one in page.evaluate(RUN_AXE, rules)]

    def _keyboard(self, page: Any, name: str) -> None:
        """Tab reaches every control, in the order of the text, and where it is can be seen."""
        count = page.evaluate(WATCH)
        for _ in range(count + 1):
            page.keyboard.press("Tab")
        self.findings += [f"{name} (keyboard): {one}" for one in page.evaluate(JUDGE)]
        page.evaluate("document.activeElement?.blur()")

    def _picture(self, page: Any, name: str, folder: Path) -> None:
        page.emulate_media(color_scheme="dark" if name.endswith("-dark") else "light")
        client = page.context.new_cdp_session(page)
        for width, height in SIZES.values():
            page.set_viewport_size({"width": width, "height": height})
            tall = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
            clip = {"x": 0, "y": 0, "width": width, "height": max(tall, height), "scale": 1}
            shot = {"format": "webp", "quality": QUALITY, "captureBeyondViewport": True, "clip": clip}
            page.evaluate(NEUTRAL, self._words())
            data = client.send("Page.captureScreenshot", shot)["data"]
            (folder / f"{name}-{width}.webp").write_bytes(base64.b64decode(data))
        client.detach()

    def _words(self) -> list[tuple[str, str]]:
        """What this machine and this run are called, and what pictures say instead."""
        ports = self.edge.ports
        words = [(f":{ports['wss'][0]}", ""), (f":{ports['ws'][0]}", ""), (f"{ports['manager'][0]}", "8443")]
        if hasattr(self, "central"):
            words = [(self.wss, "wss://wss.evc-net.com"), (self.ws, "ws://ws.evc-net.com"), *words]
        words.append(("//localhost", "//edge.lan"))
        addresses = [one for one in host_addresses() if not one.startswith("127.") and one != "::1"]
        words += [(one, "192.168.1.10") for one in sorted(addresses, key=len, reverse=True)]
        return words + [(one, "edge") for one in host_names() if one != "localhost"]

    def judge(self, beginning: str) -> None:
        """All pages were found good, and `docs/` shows a picture of each.

        Args:
            beginning: of the names of this walk's pictures.
        """
        self.assertEqual(self.findings, [])
        found = {one.name for one in PICTURES.glob("*.webp") if one.name.startswith(beginning)}
        made = {f"{name}-{width}.webp" for name in self.pictured for width, _ in SIZES.values()}
        self.assertEqual(found, made, "make pictures, and show them where docs tells of the pages")
        told = "".join(one.read_text() for one in PICTURES.parent.glob("*.md"))
        self.assertEqual([name for name in sorted(made) if f"(pictures/{name})" not in told], [])

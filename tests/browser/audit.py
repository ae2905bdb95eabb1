"""What can be held against a page without eyes: contrast, names, heights, what is cut or covered.

Contrast, names and roles are judged by axe-core, by the rules of WCAG 2.1 up to level AA.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageChops
from playwright.sync_api import Locator, Page

HIGHEST = {(1280, 800): 620, (900, 700): 540}  # a widget's pixels, for what is left of the page
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}


def accessibility(page: Page) -> list[str]:
    """What axe-core finds wrong in the widget at rest, an entry for each rule that is broken."""
    page.evaluate("() => Promise.all(document.getAnimations().map((one) => one.finished))")
    found = Axe().run(page, context=".es-widget", options=RULES)
    return [
        f"{rule['id']}: {len(rule['nodes'])} times, as in {rule['nodes'][0]['html'][:160]}"
        f" ({rule['nodes'][0]['failureSummary'].splitlines()[-1].strip()[:160]})"
        for rule in found.response["violations"]
    ]


def height(widget: Locator) -> float:
    box = widget.bounding_box()
    assert box is not None, "the widget is shown"
    return box["height"]


def cut_off(widget: Locator) -> list[str]:
    """Texts that are wider or higher than what shows them, and that no scrolling brings in sight.

    What ends in an ellipsis has to say all of it in a tip.
    """
    found: list[str] = widget.evaluate(CUT_OFF)
    return found


def covered(widget: Locator) -> list[str]:
    """Controls and labels of pictures that lie over one another."""
    found: list[str] = widget.evaluate(COVERED)
    return found


def still_moving(page: Page) -> list[str]:
    """Transitions and animations of style that run now."""
    found: list[str] = page.evaluate(
        "() => document.getAnimations().filter((one) => one.playState === 'running')"
        ".map((one) => one.effect.target.className.toString())"
    )
    return found


def differs(before: bytes, after: bytes) -> int:
    """In how many pixels two pictures of the same place differ by more than a shade."""
    one, other = (Image.open(BytesIO(picture)).convert("L") for picture in (before, after))
    if one.size != other.size:
        return one.width * one.height
    histogram = ImageChops.difference(one, other).histogram()
    return sum(histogram[48:])


def nameless(page: Page) -> Iterator[str]:
    """The nodes of the accessibility tree that take the focus or are a region, and have no name."""
    session = page.context.new_cdp_session(page)
    for node in session.send("Accessibility.getFullAXTree")["nodes"]:
        if node.get("ignored") or _role(node) in ("RootWebArea", "generic"):
            continue
        if _is_focusable(node) and not node.get("name", {}).get("value", "").strip():
            yield _role(node)
    session.detach()


def _role(node: dict[str, Any]) -> str:
    return str(node.get("role", {}).get("value"))


def _is_focusable(node: dict[str, Any]) -> bool:
    properties = {one["name"]: one["value"].get("value") for one in node.get("properties", ())}
    return bool(properties.get("focusable"))


CUT_OFF = """(root) => {
  const shown = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const own = (one) => [...one.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  const hides = (flow) => flow === "hidden" || flow === "clip";
  const cut = [];
  for (const one of root.querySelectorAll("*")) {
    if (!shown(one) || !own(one) || one.closest("svg, .es-sr, [aria-hidden=true]")) continue;
    const style = getComputedStyle(one);
    const wide = one.scrollWidth > one.clientWidth + 1 && hides(style.overflowX);
    const high = one.scrollHeight > one.clientHeight + 1 && hides(style.overflowY);
    if (one.clientWidth < 2 || one.clientHeight < 2) continue; // for screen readers only
    if ((wide || high) && !one.closest("[title]")) cut.push(one.textContent.trim().slice(0, 60));
  }
  for (const text of root.querySelectorAll("svg text")) {
    if (!shown(text)) continue;
    const [box, frame] = [text, text.ownerSVGElement].map((one) => one.getBoundingClientRect());
    const out = Math.max(frame.left - box.left, box.right - frame.right,
      frame.top - box.top, box.bottom - frame.bottom);
    if (out > 2) cut.push(text.textContent.trim().slice(0, 60));
  }
  return cut;
}"""
COVERED = """(root) => {
  const shown = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const all = (what) => [...root.querySelectorAll(what)].filter(shown);
  const over = (one, other) => {
    const [a, b] = [one, other].map((each) => each.getBoundingClientRect());
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    return wide > 2 && high > 3;
  };
  const name = (one) => (one.textContent.trim() || one.ariaLabel || one.tagName).slice(0, 40);
  const found = [];
  const controls = all("button, input, select, textarea, a, [role=slider]");
  const texts = all("svg text").filter((one) => one.textContent.trim());
  for (const group of [controls, texts]) {
    group.forEach((one, i) => {
      for (const other of group.slice(i + 1)) {
        if (one.contains(other) || other.contains(one)) continue;
        const within = one.ownerSVGElement === other.ownerSVGElement;
        if (within && over(one, other)) found.push(`${name(one)} / ${name(other)}`);
      }
    });
  }
  return found;
}"""

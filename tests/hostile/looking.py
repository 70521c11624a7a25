"""Looking at the desk as an attacked reader does: its markup, its forms, and a browser that tells.

Shared by the tests that fill the desk with what hostile outlets and people wrote.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import lxml.html
import pytest

from tests.chromium import NEEDS_CHROMIUM

if TYPE_CHECKING:
    import httpx
    from playwright.sync_api import Browser, BrowserContext, Page

Test = TypeVar("Test", bound=Callable[..., None])


def in_a_browser(test: Test) -> Test:
    """Mark a test that needs chromium."""
    for mark in (*NEEDS_CHROMIUM, pytest.mark.timeout(900)):
        mark(test)  # a mark is noted on the function itself
    return test


def kind_of(path: str) -> str:
    """The path without numbers, and the names of what is asked without its values."""
    return re.sub(r"=[^&]*", "", re.sub(r"\d+", "N", path))


# --- markup ---------------------------------------------------------------------------------

FOREIGN = {"iframe", "object", "embed", "svg", "math", "base", "style"}


def assert_tame(path: str, text: str) -> None:
    """The page holds no markup but the desk's own."""
    elements = [one for one in tree_of(text).iter() if isinstance(one.tag, str)]
    assert not {one.tag for one in elements} & FOREIGN, path
    for one in elements:
        assert not [name for name in one.attrib if name.startswith("on") or name == "style"], path
        assert one.tag != "img" or one.get("src", "").startswith("/pictures/"), path
        assert re.match(r"/|https?://|#|\?", one.get("href", "/")), path
    assert [one.tag for one in elements].count("script") == 1, path


def tree_of(text: str) -> Any:
    return lxml.html.document_fromstring(text)


# --- forms ----------------------------------------------------------------------------------

# What a form of the desk may not be sent to here: it would end the session, or ask for accounts.
LEFT_ALONE = re.compile(r"/(leave|login|you/password|settings/people|judgement/forget)")


def type_everywhere(
    client: httpx.Client, pages: Iterable[str], payloads: Sequence[str], *, each: int
) -> set[str]:
    """Send ``each`` of the payloads in every text field of one form of every kind, in turn.

    Returns the kinds of form found. No answer may break, and none may show foreign markup.
    """
    forms: dict[str, Any] = {}
    for text in pages:
        for form in tree_of(text).xpath("//form[@method='post']"):
            kind = re.sub(r"\d+", "N", form.get("action"))
            if not LEFT_ALONE.match(kind):
                forms.setdefault(kind, form)
    turns = cycle(payloads)
    for form in forms.values():
        for payload in islice(turns, each):
            typed = payload.encode("utf-8", "replace").decode()[:1500]
            answer = client.post(form.get("action"), data=_filled(form, typed))
            assert answer.status_code < 500, (form.get("action"), payload, answer.text[:300])
            if answer.status_code != 303:
                assert_tame(form.get("action"), answer.text)
    return set(forms)


def _filled(form: Any, typed: str) -> dict[str, str]:
    """The form's own values, with ``typed`` where somebody could type."""
    fields = dict(form.form_values())
    for field in form.xpath(".//textarea | .//input"):
        if field.tag == "textarea" or field.get("type", "text") in {"text", "search", "url"}:
            fields[field.get("name")] = typed
    button = form.xpath(".//button[@name]")
    return {**fields, **({button[0].get("name"): button[0].get("value")} if button else {})}


# --- a browser ------------------------------------------------------------------------------

WATCHING = """
window.__ran = [];
for (const name of ['alert', 'confirm', 'prompt', 'print', 'open'])
  window[name] = (...x) => { window.__ran.push(name + ':' + x.join()); };
document.addEventListener('securitypolicyviolation',
  (e) => window.__ran.push('refused ' + e.violatedDirective + ' ' + e.blockedURI));
"""
PROVOKING = """() => {
  for (const fold of document.querySelectorAll('details')) fold.open = true;
  for (const element of document.querySelectorAll('main *'))
    for (const name of ['mouseover', 'focus', 'click', 'error', 'load', 'toggle', 'mousedown',
        'pointerenter', 'wheel', 'animationstart', 'begin', 'pageshow', 'beforetoggle', 'keydown',
        'scrollend', 'resize', 'hashchange'])
      if (!element.closest('a, button, summary, form') || name !== 'click')
        element.dispatchEvent(new Event(name, { bubbles: true }));
  for (const leads of document.querySelectorAll('[href], [action], [formaction], [src]'))
    for (const name of ['href', 'action', 'formaction', 'src'])
      if (leads.hasAttribute(name)
          && !/^https?:/.test(new URL(leads.getAttribute(name), document.baseURI)))
        window.__ran.push('leads to ' + leads.getAttribute(name));
  return window.__ran;
}"""


class Witness:
    """Watches a page: dialogs, scripts that ran, the policy's refusals, requests elsewhere."""

    def __init__(self, context: BrowserContext, home: str, *, script: bool) -> None:
        self.script, self.home = script, urlsplit(home).netloc
        self.seen: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("dialog", self._dialog)
        self.page.on("request", self._request)
        self.page.on("console", self._console)
        if script:
            self.page.add_init_script(WATCHING)

    def _dialog(self, dialog: Any) -> None:
        self.seen.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Any) -> None:
        place = urlsplit(request.url)
        if place.netloc != self.home and place.scheme != "about":
            self.seen.append(f"request {request.url}")

    def _console(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.seen.append(f"console {message.text}")

    def read(self, url: str) -> list[str]:
        """Open a page, provoke it, and return all that was seen on it."""
        self.seen.clear()
        self.page.goto(url, wait_until="load")
        ran = self.page.evaluate(PROVOKING) if self.script else []
        if urlsplit(self.page.url).netloc != self.home:
            self.seen.append(f"led away to {self.page.url}")
        return [*self.seen, *ran]


@contextmanager
def witness(browser: Browser, home: str, *, script: bool, policy: bool = True) -> Iterator[Witness]:
    context = browser.new_context(java_script_enabled=script, bypass_csp=not policy)
    yield Witness(context, home, script=script)
    context.close()

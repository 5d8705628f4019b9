"""Every kind of page is valid HTML: a browser finds nothing to repair, and the standard's rules of content hold.

A browser's parser mends what is wrong by moving, closing and dropping; a page that it gives back token for token as it
was written had nothing to mend. What a parser lets pass (blocks in a line of text, references to nothing, attributes
an element does not have) is checked by the rules below, which know the elements these pages use.
"""

import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from lxml import html

from dashboards.site import QualityNight, build_quality_page
from models.marts.publication import reject_summary
from tests.browser.test_site import KINDS
from tests.sample_release import AS_OF, sample_frames

pytestmark = pytest.mark.browser

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
SECTIONS = frozenset({"article", "aside", "footer", "header", "main", "nav", "section"})
BLOCKS = HEADINGS | SECTIONS | {"blockquote", "details", "div", "dl", "figure", "ol", "p", "table", "ul"}
LINES = HEADINGS | {"b", "cite", "code", "i", "label", "output", "p", "small", "span", "summary"}
CHILDREN = {
    "dl": {"div", "dt", "dd"},
    "ol": {"li"},
    "select": {"option"},
    "table": {"caption", "thead", "tbody", "tfoot"},
    "tbody": {"tr"},
    "tfoot": {"tr"},
    "thead": {"tr"},
    "tr": {"td", "th"},
    "ul": {"li"},
}
EVERYWHERE = frozenset({"class", "hidden", "id", "lang", "role", "tabindex", "title"})
ATTRIBUTES = {
    "a": {"download", "href"},
    "input": {"autocomplete", "max", "min", "name", "placeholder", "step", "type", "value"},
    "label": {"for"},
    "link": {"href", "rel", "type"},
    "meta": {"charset", "content", "http-equiv", "name"},
    "details": {"open"},
    "ol": {"start"},
    "option": {"value"},
    "output": {"for"},
    "script": {"defer", "src", "type"},
    "select": {"name"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
CONTROLS = frozenset({"button", "input", "select", "textarea"})
INTERACTIVE = CONTROLS | {"a", "details", "label", "summary"}
REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls")


class Tokens(HTMLParser):
    """A page's tags, attributes and text in the order they are written, white space left out of account."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, [(name, value or "") for name, value in attrs]))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        self.found.append(f"/{tag}")

    def handle_data(self, data):
        words = " ".join(data.split())
        if words:
            self.found.append(words)


def repairs(source, parsed):
    """The first place where what the browser made of a page differs from what was written."""
    for written, made in zip(written_tokens := Tokens(source).found, made_tokens := Tokens(parsed).found, strict=False):
        if written != made:
            return f"written {written}, made {made}"
    return None if len(written_tokens) == len(made_tokens) else "the page ends otherwise than written"


def faults(page):
    """Rules of content that a page breaks."""
    tree = html.document_fromstring(page)
    ids = Counter(tree.xpath("//@id"))
    yield from (f"id {name} stands {times} times" for name, times in ids.items() if times > 1)
    for name in ("h1", "main", "title"):
        if len(tree.xpath(f"//{name}")) != 1:
            yield f"not exactly one {name}"
    if not tree.get("lang"):
        yield "no language"
    for element in tree.iter(html.etree.Element):
        yield from misplaced(element)
        yield from unknown_attributes(element)
        yield from dangling(element, ids, tree)


def misplaced(element):
    allowed = CHILDREN.get(element.tag)
    for child in element:
        if allowed is not None and child.tag not in allowed and child.tag not in {"script", "template"}:
            yield f"<{child.tag}> in <{element.tag}>"
        if element.tag in LINES and child.tag in BLOCKS:
            yield f"block <{child.tag}> in a line of text <{element.tag}>"
    if element.tag == "details" and (len(element) == 0 or element[0].tag != "summary"):
        yield "<details> does not begin with <summary>"
    if element.tag in {"a", "button"}:
        yield from (f"<{one.tag}> inside <{element.tag}>" for one in element.iterdescendants(*INTERACTIVE))


def unknown_attributes(element):
    if any(parent.tag == "svg" for parent in (element, *element.iterancestors())):
        return
    for name in element.attrib:
        is_free = name in EVERYWHERE or re.fullmatch(r"(data|aria)-[a-z-]+", name)
        if not is_free and name not in ATTRIBUTES.get(element.tag, ()) and element.tag != "html":
            yield f"<{element.tag}> has no attribute {name}"


def dangling(element, ids, tree):
    for name in REFERENCES:
        for target in (element.get(name) or "").split():
            if target not in ids:
                yield f"{name} names {target}, which is nowhere"
            elif name == "for" and tree.get_element_by_id(target).tag not in CONTROLS:
                yield f"for names {target}, which is no control"
    href = element.get("href") or ""
    if href.startswith("#") and href[1:] not in ids:
        yield f"link to {href}, which is nowhere"


@pytest.fixture(scope="module")
def parse(browser):
    """What the browser's parser makes of a text."""
    page = browser.new_page()
    script = "text => new DOMParser().parseFromString(text, 'text/html').documentElement.outerHTML"
    yield lambda text: page.evaluate(script, text)
    page.close()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_page_is_valid(home, parse, kind):
    source = (home / KINDS[kind]).read_text("utf-8")
    assert source.startswith("<!DOCTYPE html>")
    assert repairs(source, parse(source)) is None
    assert list(faults(source)) == []


def test_the_page_of_a_refused_night_is_valid(parse, tmp_path):
    frames = sample_frames(counties=2, institutions=4)
    rejects = reject_summary(frames["audit.rejects"].lazy())
    night = QualityNight("330000", "浙江省", AS_OF, None, frames["audit.gate"], rejects, frames["audit.row_counts"])
    build_quality_page(night, tmp_path / "quality")
    source = (tmp_path / "quality/index.html").read_text("utf-8")
    assert repairs(source, parse(source)) is None
    assert list(faults(source)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        "<p>one<section>two</section></p>",
        "<table><tr><td>no body of its own</td></tr></table>",
        "<div><span>crossed</div></span>",
        '<a class="x" class="y">twice</a>',
        "<a>one<a>two</a></a>",
    ],
)
def test_what_a_browser_mends_is_found(parse, wrong):
    source = f"<html><head></head><body>{wrong}</body></html>"
    assert repairs(source, parse(source))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('<i id="a"></i><i id="a"></i>', "stands 2 times"),
        ("<span><div></div></span>", "block <div>"),
        ("<ul><div></div></ul>", "<div> in <ul>"),
        ("<details><p></p></details>", "does not begin"),
        ('<p aria-labelledby="gone"></p>', "nowhere"),
        ('<label for="p"></label><p id="p"></p>', "no control"),
        ('<td width="3"></td>', "no attribute width"),
        ('<a href="x"><details><summary>one</summary></details></a>', "<details> inside <a>"),
    ],
)
def test_what_breaks_a_rule_is_found(wrong, said):
    page = f'<html lang="zh-CN"><head><title>t</title></head><body><main><h1>h</h1>{wrong}</main></body></html>'
    assert any(said in fault for fault in faults(page))

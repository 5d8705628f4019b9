"""Reads the numbers back out of the four written formats, as a person or a program would."""

import re
import zipfile
from pathlib import Path

from lxml import etree, html
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def word_numbers(path: Path) -> list[str]:
    """Texts of the runs in the character style of numbers, in the order of the document."""
    with zipfile.ZipFile(path) as archive:
        document = etree.fromstring(archive.read("word/document.xml"))
    return [
        "".join(run.itertext(f"{W}t"))
        for run in document.iter(f"{W}r")
        if any(style.get(f"{W}val") == "数字" for style in run.iter(f"{W}rStyle"))
    ]


def page_numbers(path: Path) -> list[str]:
    return [node.text_content() for node in html.parse(path).getroot().iterfind(".//data")]


def pdf_text(path: Path) -> str:
    """All text without white space, page after page."""
    return re.sub(r"\s", "", "".join(page.extract_text() for page in PdfReader(path).pages))


def sheets(path: Path) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def archive_texts(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist() if name.endswith((".xml", ".rels"))}

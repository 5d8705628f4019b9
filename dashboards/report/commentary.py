"""The analysts' own words: Markdown files kept beside the releases, merged into the report, watched for staleness.

One file a chapter, with a front matter that pins it to the release it was written for and to the chapter's figures:

    ---
    section: monitoring
    release: 20211130-b501901e08
    figures: 9F3A-11C2-77D0-4E21
    ---
    西湖区连续两年未达标，主要因为……

    - 一条意见
    - 又一条意见

Paragraphs and lists are understood; anything else is plain text. When the chapter's figures are no longer the ones
pinned, the words stay and a warning stands above them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dashboards.report.errors import CommentaryUnreadable
from dashboards.report.model import Block, Paragraph, Section, check_code, plain
from models.yaml_files import NotYaml, parse_yaml

FENCE = "---"
KEYS = ("section", "release", "figures")
REVIEWED = "reviewed"
"""A fourth line that a reviewer adds: 是 once the words are fit to be signed."""
YES, NO = "是", "否"
BLANK = "【待填】本章评述：原因、做法与下一步。"


@dataclass(frozen=True)
class Remark:
    """One chapter's commentary as written."""

    section: str
    release: str
    figures: str
    paragraphs: tuple[str, ...]
    source: str
    is_reviewed: bool = False


Commentary = tuple[Remark, ...]


def read_commentary(folder: Path | None) -> Commentary:
    """All remarks of a folder that say anything, in file order; none where there is no folder.

    Raises:
        CommentaryUnreadable: a file without a proper front matter, or not UTF-8.
    """
    if folder is None or not folder.is_dir():
        return ()
    remarks = (_remark(path) for path in sorted(folder.glob("*.md")))
    return tuple(remark for remark in remarks if remark.paragraphs)


def _remark(path: Path) -> Remark:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise CommentaryUnreadable(f"评述文件 {path.name} 不是 UTF-8 编码，请另存为 UTF-8。") from error
    lines = text.splitlines()
    if not lines or lines[0].strip() != FENCE or FENCE not in (line.strip() for line in lines[1:]):
        raise CommentaryUnreadable(
            f"评述文件 {path.name} 第 1 行应是“---”，其后写 section、release、figures，再以“---”结束。"
        )
    end = next(place for place, line in enumerate(lines[1:], start=1) if line.strip() == FENCE)
    facts = _front(path, "\n".join(lines[1:end]))
    section, release, figures = (facts[key] for key in KEYS)
    words = tuple(_paragraphs(lines[end + 1 :]))
    return Remark(section, release, figures, words, path.name, facts.get(REVIEWED, NO) == YES)


def _front(path: Path, text: str) -> dict[str, str]:
    try:
        facts: Any = parse_yaml(text).content
    except NotYaml as error:
        raise CommentaryUnreadable(f"评述文件 {path.name} 开头的说明不是有效的 YAML。") from error
    if not isinstance(facts, dict) or set(facts) - {REVIEWED} != set(KEYS):
        raise CommentaryUnreadable(
            f"评述文件 {path.name} 开头应写且只写：{'、'.join(KEYS)}，审核后可加 {REVIEWED}: {YES}。"
        )
    if str(facts.get(REVIEWED, NO)) not in {YES, NO}:
        raise CommentaryUnreadable(f"评述文件 {path.name} 的 {REVIEWED} 应写 {YES} 或 {NO}。")
    return {key: str(value) for key, value in facts.items()}


def _paragraphs(lines: Sequence[str]) -> list[str]:
    """Blank lines part paragraphs; a list item is a paragraph of its own; comments to the writer are dropped."""
    found: list[str] = []
    current: list[str] = []

    def close() -> None:
        text = plain("".join(current))
        if text:
            found.append(text)
        current.clear()

    for line in lines:
        bare = line.strip()
        if not bare or bare.startswith("<!--"):
            close()
        elif bare.startswith(("- ", "* ")):
            close()
            current.append("· " + bare[2:])
        else:
            current.append(bare.lstrip("#").strip().replace("**", ""))
    close()
    return found


def figures_of(section: Section) -> str:
    """The code of a chapter's figures that a remark is pinned to; the release itself is no part of it."""
    return check_code("", list(section.numbers()))


def with_commentary(chapters: Sequence[Section], commentary: Commentary, release: str) -> tuple[Section, ...]:
    """The chapters with the remarks at their end.

    Raises:
        CommentaryUnreadable: a remark on a chapter the report doesn't have.
    """
    known = [chapter.key for chapter in chapters]
    for remark in commentary:
        if remark.section not in known:
            raise CommentaryUnreadable(
                f"评述文件 {remark.source} 的 section 是“{plain(remark.section)}”，"
                f"报告没有这一部分；可写：{'、'.join(known)}。"
            )
    return tuple(_with(chapter, [r for r in commentary if r.section == chapter.key], release) for chapter in chapters)


def with_blanks(chapters: Sequence[Section], commentary: Commentary, without: Collection[str]) -> tuple[Section, ...]:
    """The chapters with a place to fill in where nobody has written anything yet."""
    written = {remark.section for remark in commentary}
    blank = Paragraph((BLANK,), "blank")
    return tuple(
        chapter if chapter.key in written or chapter.key in without else _with_blocks(chapter, [blank])
        for chapter in chapters
    )


def _with_blocks(chapter: Section, added: Sequence[Block]) -> Section:
    if chapter.parts:
        last = chapter.parts[-1]
        return replace(chapter, parts=(*chapter.parts[:-1], replace(last, blocks=(*last.blocks, *added))))
    return replace(chapter, blocks=(*chapter.blocks, *added))


def lacking(chapters: Sequence[Section], commentary: Commentary, without: Collection[str]) -> list[str]:
    """What stands between the commentary and a final report, a sentence each."""
    found = []
    for chapter in chapters:
        if chapter.key in without:
            continue
        remarks = [remark for remark in commentary if remark.section == chapter.key]
        if not remarks:
            found.append(f"“{chapter.heading}”（{chapter.key}）没有评述。")
        for remark in remarks:
            if not remark.is_reviewed:
                found.append(
                    f"“{chapter.heading}”的评述 {remark.source} 没有审核（请审核后在开头写 {REVIEWED}: {YES}）。"
                )
            if remark.figures != figures_of(chapter):
                found.append(f"“{chapter.heading}”的评述 {remark.source} 所依据的数据已有变化，请复核后更新 figures。")
    return found


def _with(chapter: Section, remarks: Sequence[Remark], release: str) -> Section:
    if not remarks:
        return chapter
    now = figures_of(chapter)
    added: list[Block] = []
    for remark in remarks:
        if remark.figures != now:
            added.append(Paragraph((_warning(remark, release),), "stale"))
        added.extend(Paragraph((text,), "comment") for text in remark.paragraphs)
    if chapter.parts:
        return replace(chapter, parts=(*chapter.parts, Section(f"{chapter.key}.comment", "评述", tuple(added))))
    return replace(chapter, blocks=(*chapter.blocks, *added))


def _warning(remark: Remark, release: str) -> str:
    return (
        f"【注意】以下评述依据发布{plain(remark.release)}撰写，本部分数据此后已有变化"
        f"（本次发布{release}），请复核评述后再用。"
    )


def write_drafts(chapters: Sequence[Section], release: str, folder: Path) -> list[Path]:
    """An empty commentary file for each chapter that has none yet, pinned to this release; returns the new ones."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for place, chapter in enumerate(chapters, start=1):
        path = folder / f"{place}-{chapter.key}.md"
        if path.exists():
            continue
        head = [FENCE, f"section: {chapter.key}", f"release: {release}", f"figures: {figures_of(chapter)}"]
        head += [f"{REVIEWED}: {NO}", FENCE]
        path.write_text("\n".join([*head, f"<!-- {chapter.heading}：在此写评述，空行分段 -->", ""]), encoding="utf-8")
        written.append(path)
    return written

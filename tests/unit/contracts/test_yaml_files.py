"""YAML that people write: what plain words mean, what is refused, and where everything stands."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.yaml_files import NotYaml, parse_yaml, read_yaml

TEXT = """\
# a comment first
id: XX-2020
clauses:
  - id: XX-2020/1
    options: {column: credits}
  - id: XX-2020/2
    title: >-
      两行
      一句
"""


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("true", True),
        ("False", False),
        ("", None),
        ("~", None),
        ("null", None),
        ("0", 0),
        ("-12", -12),
        ("0123", "0123"),
        ("330106000000", 330106000000),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("0.5", 0.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1/3", "1/3"),
        ("2020-01-31", date(2020, 1, 31)),
        ("2020-1-31", "2020-1-31"),
        ("十", "十"),
        ('"12"', "12"),
        ("<=", "<="),
    ],
)
def test_plain_values_mean_what_yaml_1_2_says(written: str, value: object) -> None:
    read = parse_yaml(f"it: {written}\n").content["it"]
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("location", "line"),
    [
        ((), 2),
        (("id",), 2),
        (("clauses",), 3),
        (("clauses", 0), 4),
        (("clauses", 0, "options", "column"), 5),
        (("clauses", 1, "title"), 7),
        (("clauses", 1, "nowhere"), 6),
        (("clauses", 7), 3),
        (("nowhere", "at", "all"), 2),
        (("id", "below", "a", "word"), 2),
    ],
)
def test_a_place_has_its_line_or_that_of_the_nearest_above(location: tuple[str | int, ...], line: int) -> None:
    assert parse_yaml(TEXT).line_of(location) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [1, 2\nb: 3\n", 2),
        ("a: 1\n b: 2\n", 2),
        ("a: 1\nb: *nobody\n", 2),
        ("a: 1\nb: !!python/object/apply:os.getcwd []\n", 2),
        ("a: 1\n--- \nb: 2\n", 2),
        ("a: \x00\n", 1),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(NotYaml) as refused:
        parse_yaml(text)
    assert refused.value.line == line
    assert refused.value.twice is None
    assert refused.value.problem


@pytest.mark.parametrize("text", ["a: 1\nb: 2\na: 3\n", "a: 1\nb:\n  a: {c: 1, c: 2}\n", "a: 1\nb: 2\n'a': 3\n"])
def test_a_key_written_twice_is_named(text: str) -> None:
    with pytest.raises(NotYaml) as refused:
        parse_yaml(text)
    assert refused.value.line == 3
    assert refused.value.twice == ("c" if "c" in text else "a")


def test_an_empty_file_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text("# only a comment\n", encoding="utf-8")
    assert read_yaml(path).content is None
    assert read_yaml(path).line_of(("anywhere",)) == 1


WORDS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Co", "Cn"), exclude_characters="\u2028\u2029\ufeff"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | WORDS,
    lambda each: st.lists(each, max_size=4) | st.dictionaries(WORDS, each, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_whatever_is_written_comes_back(value: object) -> None:
    assert parse_yaml(json.dumps(value, ensure_ascii=False)).content == value

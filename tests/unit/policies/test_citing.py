"""Articles are cited as the documents number them: 第二十三条, 第（十九）项, 附件3."""

import pytest

from models.law import load_policies
from models.law.schema import numeral


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "一"), (9, "九"), (10, "十"), (11, "十一"), (20, "二十"), (23, "二十三"), (99, "九十九")],
)
def test_numbers_are_written_in_chinese(number: int, words: str) -> None:
    assert numeral(number) == words


@pytest.mark.parametrize(
    ("document", "article", "cited"),
    [
        ("ZJ-2014-04", "23.1", "第二十三条"),
        ("ZJ-2014-04", "04.3", "第四条"),
        ("ZJ-2016-71", "03.1", "第三条"),
        ("ZJ-2019-357", "03.10", "第三部分"),
        ("ZJ-2019-357", "A3.4", "附件3"),
        ("HI-2017", "14.3.8", "第十四条"),
        ("HI-2017", "09.A", "第九条"),
        ("CQ-2013-24", "19.1", "第（十九）项"),
        ("WZ-2012-33", "20.5", "第20条"),
        ("WZ-2012-33", "T.8", "附表"),
    ],
)
def test_a_clause_is_cited_as_its_document_numbers_it(document: str, article: str, cited: str) -> None:
    assert load_policies().document(document).cite(article) == cited


def test_every_clause_of_the_five_texts_has_words_of_its_own() -> None:
    for document in load_policies():
        for clause in document.clauses:
            assert not document.cite(clause.article)[0].isdigit(), clause.id


def test_without_words_the_number_stands_as_it_is() -> None:
    document = load_policies().document("ZJ-2014-04").model_copy(update={"cited_as": "", "cited_parts": {}})
    assert document.cite("04.3") == "4.3"

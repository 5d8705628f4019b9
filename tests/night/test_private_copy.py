"""The analyst's private copy: every figure opens to its rows, nobody is named, and only the key lets anyone in."""

import http.client
import re
import threading
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import duckdb
import pytest

from pipelines.questions.private_copy import Copy, PrivateServer, server
from pipelines.release.home import Home
from tests.night.running import PROVINCE, current

pytestmark = pytest.mark.night
WARNING = "内部·含明细·不得外传"


@pytest.fixture(scope="module")
def copy(published: Path) -> Copy:
    return Copy(Home(published))


def rows(home: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(current(home) / "warehouse.duckdb"), read_only=True) as connection:
        return connection.sql(sql).fetchall()


def text(copy: Copy, address: str) -> str:
    answer = copy.answer(address)
    assert answer.status == 200, (address, answer.body.decode())
    return answer.body.decode()


SAMPLES = {
    "": "SELECT ''",
    "{}/": "SELECT ''",
    "county/{}/index.html": "SELECT max(unit_id) FROM marts.county_spot_check WHERE projects > 0",
    "clause/{}/index.html": "SELECT min(clause_id) FROM audit.findings",
    "rows/": "SELECT ''",
    "rows/unit/{}/": "SELECT county_id FROM core.dim_teacher GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
    "rows/figure/annual/2020/{}/": "SELECT county_id FROM core.dim_teacher GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
    "rows/figure/cycle/2016-2020/{}/": "SELECT max(school_id) FROM core.dim_teacher",
    "rows/survey/{}/": "SELECT min(survey_id) FROM staging.survey_response",
    "rows/finding/{}/": "SELECT min(finding_id) FROM audit.findings GROUP BY subject_type",
    "rows/findings/{}/?verdict=met&span=*": "SELECT min(clause_id) FROM audit.findings WHERE verdict = 'met'",
    "rows/subject/{}/": "SELECT subject_type || '/' || min(subject_id) FROM audit.findings GROUP BY subject_type",
}
"""Addresses below the province, and which codes to try in them."""


@pytest.fixture(scope="module")
def opened(copy: Copy, published: Path) -> dict[str, str]:
    """Every kind of page of the private copy."""
    addresses = [
        f"/{PROVINCE}/{address.format(code)}" for address, sql in SAMPLES.items() for (code,) in rows(published, sql)
    ]
    return {address: text(copy, address) for address in ["/", *addresses]}


def test_every_page_is_marked_as_internal(opened: dict[str, str]) -> None:
    assert [address for address, page in opened.items() if WARNING not in page] == []


def test_published_pages_lead_to_rows_that_are_there(opened: dict[str, str], copy: Copy) -> None:
    page = next(page for address, page in opened.items() if "/county/" in address)
    leads = set(re.findall(r'class="to-rows" href="([^"]+)"', page))
    assert len(leads) == len(("cycle", "coverage", "satisfaction"))
    for lead in leads:
        text(copy, unescape(lead))


def test_rows_name_their_dump_file_and_nobody(opened: dict[str, str], published: Path) -> None:
    everything = "\n".join(opened.values())
    assert re.search(r"教师信息\S* 第 \d+ 行", everything)
    people = rows(published, "SELECT name, id_hash FROM staging.teacher")
    experts = rows(published, "SELECT name, NULL FROM staging.expert")
    private = {value for row in [*people, *experts] for value in row if value is not None}
    assert len(private) > 50
    rows_only = "\n".join(page for address, page in opened.items() if "/rows/" in address)
    assert not private & set(re.findall(r"\w+", rows_only))


def test_a_countys_coverage_opens_to_as_many_projects_as_were_published(copy: Copy, published: Path) -> None:
    checks = rows(
        published, "SELECT unit_id, year, projects, projects_checked FROM marts.county_spot_check ORDER BY 3 DESC"
    )
    for unit, year, projects, checked in checks[:2]:
        page = text(copy, f"/{PROVINCE}/rows/figure/coverage/{year}/{unit}/")
        assert f"本县当年抽查 {checked} 项 ÷ 应计项目 {projects} 项" in page
        assert page.count("/rows/subject/project/") == projects


def test_an_institutions_satisfaction_opens_to_its_surveys(copy: Copy, published: Path) -> None:
    years = rows(
        published,
        "SELECT institution_id, year, responses_valid, satisfied FROM marts.institution_satisfaction ORDER BY 3 DESC",
    )
    for institution, year, valid, satisfied in years[:2]:
        page = text(copy, f"/{PROVINCE}/rows/figure/satisfaction/{year}/{institution}/")
        assert f"满意答卷 {satisfied} 份 ÷ 有效答卷 {valid} 份" in page


def test_a_countys_teachers_are_those_its_ratio_counts(copy: Copy, published: Path) -> None:
    units = rows(
        published,
        "SELECT t.county_id, c.period, count(*) FILTER (c.verdict = 'met'), count(*) "
        "FROM marts.teacher_cycle c JOIN core.dim_teacher t USING (teacher_id) "
        "WHERE c.verdict IN ('met', 'not_met', 'in_progress') GROUP BY ALL ORDER BY 4 DESC, 1, 2",
    )
    for unit, period, met, judged in units[:2]:
        page = text(copy, f"/{PROVINCE}/rows/figure/cycle/{period}/{unit}/")
        assert f"达标 {met} 人 ÷ 参加考核 {judged} 人" in page


@pytest.mark.parametrize("code", ["teacher_id", "record_id"])
def test_any_id_is_found(copy: Copy, published: Path, code: str) -> None:
    ((value, teacher),) = rows(published, f"SELECT {code}, teacher_id FROM core.fct_credit ORDER BY 1 LIMIT 1")
    answer = copy.answer(f"/{PROVINCE}/rows/find/?q={value}")
    assert answer.goes_to == f"/{PROVINCE}/rows/subject/teacher/{teacher}/"
    assert copy.answer(answer.goes_to).status == 200


@pytest.mark.parametrize(
    "address",
    [
        "/../identity.key",
        "/%2e%2e/identity.key",
        "/460000/..%2f..%2f..%2f..%2fidentity.key",
        "/460000/rows/find/?q=x' OR '1'='1",
        "/460000/rows/figure/coverage/x/460105/",
        "/460000/rows/figure/nothing/2020/460105/",
        "/460000/rows/subject/teacher/nobody/",
    ],
)
def test_what_is_not_there_is_not_found(copy: Copy, address: str) -> None:
    assert copy.answer(address).status == 404


@pytest.fixture
def running(published: Path) -> Iterator[PrivateServer]:
    with server(Home(published), 0) as one:
        thread = threading.Thread(target=one.serve_forever, daemon=True)
        thread.start()
        yield one
        one.shutdown()
        thread.join()


def asked(running: PrivateServer, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", running.server_port, timeout=30)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def test_only_the_key_lets_anyone_in(running: PrivateServer) -> None:
    page = f"/{PROVINCE}/rows/"
    assert running.server_address[0] == "127.0.0.1"
    assert asked(running, page).status == 403
    assert asked(running, f"{page}?key=wrong").status == 403
    entered = asked(running, f"{page}?key={running.key}")
    assert (entered.status, entered.headers["Location"]) == (303, page)
    assert "HttpOnly" in entered.headers["Set-Cookie"]
    cookie = entered.headers["Set-Cookie"].split(";")[0]
    opened = asked(running, page, Cookie=cookie)
    assert (opened.status, opened.headers["Cache-Control"]) == (200, "no-store")
    assert asked(running, page, Cookie=cookie, Host="elsewhere.example").status == 403
    assert running.key not in cookie
    assert asked(running, f"{page}?key={running.key}").status == 403, "the key opened twice"
    assert (opened.headers["X-Frame-Options"], opened.headers["Server"]) == ("DENY", None)


def test_published_pages_stay_unmarked_and_nothing_is_written(copy: Copy, published: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in published.rglob("*") if path.is_file()}
    text(copy, f"/{PROVINCE}/")
    text(copy, f"/{PROVINCE}/rows/unit/{PROVINCE}/")
    assert {path: path.stat().st_mtime_ns for path in published.rglob("*") if path.is_file()} == before
    assert WARNING not in (current(published) / "site" / "index.html").read_text("utf-8")

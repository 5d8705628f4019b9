"""The analyst's private copy of the site: the published pages with a way from each figure to its dump rows.

Belongs here: which address shows what, and the server on 127.0.0.1 that answers it. Pages are marked and sheets are
rendered when they are asked for, straight from the release readers have now; nothing is written anywhere. The queries
are in `pipelines.questions.behind`, the looks in `dashboards.site.private`.

Who may look: whoever brings the key printed at the start. It opens once, by the address; a cookie is asked of every
request from then on, and so is the server's own name, so that no foreign page can read through the browser.
"""

import hmac
import mimetypes
import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from dashboards.site import addresses, private
from dashboards.site.measures import ANNUAL, COVERAGE, CYCLE, MEASURES, SATISFACTION
from dashboards.site.private import ROWS, Link, Sheet, Shown, Table
from models.numbers import plain
from models.vocabulary import COUNTED_IN_RATIO, Verdict
from pipelines.questions import at_risk, behind
from pipelines.questions.behind import AT_ONCE, Place, Slice
from pipelines.questions.explaining import NotFound, Question, explained, records_of
from pipelines.questions.local_server import ADDRESS, LocalServer
from pipelines.questions.places import Found
from pipelines.release.home import Home
from pipelines.release.seal import manifest_of

_TITLES: Mapping[str, str] = {measure.key: measure.title for measure in MEASURES}
_SPANLESS = "逐项"
_PROJECT_COLUMNS = ("project_id", "project_name", "level", "status", "start_date", "end_date")
_CHECK_COLUMNS = {"checked": "当年抽查", "check_ids": "抽查号", "checkers": "抽查机构", "check_places": "抽查的文件·行"}
_SURVEY_COLUMNS = (
    *("survey_id", "project_id", "institution_id", "close_date"),
    *("responses", "responses_valid", "satisfied"),
)
_LISTED = {"school": "school", "project": "project"}
"""Folder of pages whose table rows are subjects, and which kind."""


class Unknown(Exception):
    """Nothing answers at this address; the message says what was looked for."""


@dataclass(frozen=True)
class Answer:
    """What goes back to the browser."""

    body: bytes
    kind: str = "text/html; charset=utf-8"
    status: int = 200
    goes_to: str | None = None


@dataclass(frozen=True)
class Copy:
    """The private copy of a data home: `answer` turns an address into a page."""

    home: Home

    def answer(self, address: str) -> Answer:
        """The page, sheet or file at an address, marked as internal."""
        split = urlsplit(address)
        parts = [unquote(part) for part in split.path.split("/") if part]
        try:
            if parts[1:2] == [ROWS] and parts[0] in self.home.provinces():
                return self._rows(parts[0], parts[2:], dict(parse_qsl(split.query)))
            if split.path == private.STYLESHEET:
                return Answer(private.stylesheet(), "text/css")
            return self._published(parts, is_folder=split.path.endswith("/"))
        except (Unknown, NotFound) as reason:
            return self._nothing(parts, str(reason))

    def _rows(self, province: str, parts: Sequence[str], asked: Mapping[str, str]) -> Answer:
        """A sheet of the province's current release."""
        folder = self.home.current_release(province)
        if folder is None:
            raise Unknown(f"{province} 还没有发布")
        found = Rows(self.home, province, folder).sheet(parts, asked)
        if isinstance(found, str):
            return Answer(b"", status=303, goes_to=found)
        return Answer(private.rendered(found, province).encode())

    def _published(self, parts: Sequence[str], *, is_folder: bool) -> Answer:
        """A file of the published site; pages get their marks."""
        if any(part.startswith(".") or "/" in part for part in parts):
            raise Unknown("没有这个页面")
        target = self.home.site.joinpath(*parts)
        if target.is_dir():
            if not is_folder and parts:
                return Answer(b"", status=303, goes_to="/" + quote("/".join(parts)) + "/")
            target, parts = target / "index.html", [*parts, "index.html"]
        if not target.is_file():
            raise Unknown("没有这个页面")
        content = target.read_bytes()
        kind = mimetypes.guess_type(target.name)[0] or "application/octet-stream"
        if kind != "text/html":
            return Answer(content, kind)
        return Answer(self._marked(content.decode("utf-8"), parts).encode())

    def _marked(self, page: str, parts: Sequence[str]) -> str:
        province = parts[0] if parts[0] in self.home.provinces() else ""
        links = _leads(province, parts[1:-1]) if province else []
        return private.marked(page, province, links, _LISTED.get(parts[-2]) if len(parts) > 2 else None)  # noqa: PLR2004

    def _nothing(self, parts: Sequence[str], reason: str) -> Answer:
        province = parts[0] if parts and parts[0] in self.home.provinces() else next(iter(self.home.provinces()), "")
        sheet = Sheet("没有找到", reason.splitlines(), [Link("明细首页", f"/{province}/{ROWS}/")], asks=True)
        return Answer(private.rendered(sheet, province).encode(), status=404)


def _leads(province: str, folders: Sequence[str]) -> list[Link]:
    """What the strip on top of a published page offers."""
    start = Link("明细首页", f"/{province}/{ROWS}/")
    match list(folders):
        case ["county" | "city", unit, *_]:
            listed = Link("周期预警名单", private.at_risk_href(province, unit))
            return [Link("本页各数与结论的明细", private.unit_href(province, unit)), listed, start]
        case ["institution", institution, *_]:
            return [Link("本机构的明细", private.subject_href(province, "institution", institution)), start]
        case ["clause", *clause] if clause:
            return [Link("本条的全部结论", private.findings_href(province, "/".join(clause))), start]
        case []:
            return [Link("本页各数与结论的明细", private.unit_href(province, province)), start]
    return [start]


@dataclass(frozen=True)
class Rows:
    """The sheets of one release."""

    home: Home
    province: str
    folder: Path

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"

    @property
    def as_of(self) -> date:
        return date.fromisoformat(manifest_of(self.folder)["as_of"])

    def sheet(self, parts: Sequence[str], asked: Mapping[str, str]) -> Sheet | str:  # noqa: PLR0911 - one a page
        """The sheet at an address below the province's rows, or the address to go to instead.

        Raises:
            Unknown, NotFound: the release has no such thing.
        """
        start = _number(asked.get("start", "0"))
        match list(parts):
            case []:
                return self.start()
            case ["find"]:
                return self.find(asked.get("q", "").strip())
            case ["unit", code]:
                return self.unit(self._place(code))
            case ["figure", measure, period, code] if measure in _TITLES:
                return self.figure(measure, period, self._place(code), start)
            case ["at-risk", code]:
                return self.at_risk(self._place(code))
            case ["survey", code]:
                return self.survey(code)
            case ["finding", code]:
                found = explained(self.home, Question(finding_id=code), self.province)
                return private.explanation(found, self.province, self._crumbs())
            case ["subject", kind, code]:
                return self.subject(kind, code)
            case ["findings", *clause] if clause:
                where = self._place(asked.get("unit") or self.province)
                return self.findings("/".join(clause), where, asked.get("verdict"), asked.get("span", ""), start)
        raise Unknown("没有这个明细页")

    # ---- sheets

    def start(self) -> Sheet:
        """Where an analyst begins: a box for any id, and every unit."""
        whole = self._place(self.province)
        counties = behind.counties_under(self.warehouse, whole)
        return Sheet(
            f"{whole.name}明细",
            [f"发布 {self.folder.name}，数据截至 {self.as_of}"],
            asks=True,
            links=[
                ("全省", [Link(whole.name, private.unit_href(self.province, whole.id))]),
                ("县（市、区）", [Link(one.name, private.unit_href(self.province, one.id)) for one in counties]),
            ],
        )

    def find(self, code: str) -> str:
        """The address of whatever has this id."""
        if behind.has_finding(self.warehouse, code):
            return private.finding_href(self.province, code)
        where = behind.place(self.warehouse, code)
        if where is not None and where.kind in ("province", "city", "county"):
            return private.unit_href(self.province, code)
        kinds = behind.kinds_of(self.warehouse, code)
        if kinds:
            return private.subject_href(self.province, kinds[0], code)
        teacher = behind.teacher_of_record(self.warehouse, code)
        if teacher is None:
            raise Unknown(
                f"当前发布里没有编号 {code or '（空）'}。可写教师、项目、学校、机构、单位、登记或结论的编号。"
            )
        return private.subject_href(self.province, "teacher", teacher)

    def unit(self, where: Place) -> Sheet:
        """Every figure of a unit and every clause judged below it."""
        by_measure: dict[str, list[Link]] = {}
        for measure, period in behind.periods(self.warehouse, where):
            href = private.figure_href(self.province, measure, period, where.id)
            by_measure.setdefault(_TITLES[measure], []).append(Link(period, href))
        counts = private.counted(
            [
                row | {"label": f"{row['clause_id']} {row['title']}"}
                for row in behind.clause_counts(self.warehouse, where)
            ],
            "label",
            lambda row: private.findings_href(
                self.province, row["clause_id"], unit=where.id, verdict=row["verdict"], span="*"
            ),
        )
        kind = where.kind
        page = "" if kind == "province" else f"{kind}/{quote(where.id, safe='')}/"
        return Sheet(
            f"{where.name}：各数的明细",
            [f"发布 {self.folder.name}，数据截至 {self.as_of}"],
            self._crumbs(),
            links=[
                (
                    "",
                    [
                        Link("公布的页面", f"/{self.province}/{page}index.html"),
                        Link("周期预警名单", private.at_risk_href(self.province, where.id)),
                    ],
                ),
                *by_measure.items(),
                *counts,
            ],
        )

    def figure(self, measure: str, period: str, where: Place, start: int) -> Sheet:
        """The rows behind one figure of one place."""
        if where.kind in ("province", "city"):
            return self._by_county(measure, period, where)
        if measure in (CYCLE.key, ANNUAL.key):
            return self._teachers(measure, period, where, start)
        if measure == COVERAGE.key:
            return self._projects(_number(period), where)
        return self._surveys(_number(period), where)

    def at_risk(self, where: Place) -> Sheet:
        """Those who at their pace will miss the open cycle, of one county or school; of a larger place its counties."""
        if where.kind in ("province", "city"):
            counties = behind.counties_under(self.warehouse, where)
            links = [Link(one.name, private.at_risk_href(self.province, one.id)) for one in counties]
            return Sheet(f"{where.name}周期预警", ["逐县打开名单。"], self._crumbs(where), links=[("", links)])
        found = at_risk.listing(Found(self.province, self.folder, where))
        rows: list[list[Shown]] = [
            [
                Link(str(row[0]), private.subject_href(self.province, "teacher", str(row[0]))),
                *(plain(cell) for cell in row[1:]),
            ]
            for row in found.rows.iter_rows()
        ]
        table = Table(f"{where.name}周期预警名单", found.rows.columns, rows)
        return Sheet(found.heading[0], found.notes, self._crumbs(where), tables=[table])

    def _by_county(self, measure: str, period: str, where: Place) -> Sheet:
        counties = behind.counties_under(self.warehouse, where)
        links = [Link(one.name, private.figure_href(self.province, measure, period, one.id)) for one in counties]
        lines = [f"下列 {len(counties)} 个县级单位逐县打开看行；归不到县的只计入全省。"]
        if measure in (CYCLE.key, ANNUAL.key):
            lines += _ratio_of_people(behind.people_by_verdict(self.warehouse, measure, period, where))
        return Sheet(_figure_title(measure, period, where), lines, self._crumbs(where), links=[("", links)])

    def _teachers(self, measure: str, period: str, where: Place, start: int) -> Sheet:
        found = behind.teachers(self.warehouse, measure, period, where, start)
        mart = "marts.teacher_cycle" if measure == CYCLE.key else "marts.teacher_year"
        columns = private.headers(mart, "core.dim_teacher")
        told = {name: columns[name] for name in behind.TEACHER_COLUMNS[measure]}
        href = private.figure_href(self.province, measure, period, where.id)
        return Sheet(
            _figure_title(measure, period, where),
            _ratio_of_people(behind.people_by_verdict(self.warehouse, measure, period, where)),
            self._crumbs(where),
            tables=[
                private.table_of(
                    f"教师（{found.total} 名）", found.rows, told, self.province, more=_more(href + "?", found)
                )
            ],
        )

    def _projects(self, year: int, where: Place) -> Sheet:
        found = behind.projects(self.warehouse, year, where)
        own = int(found["is_checked_by_own"].fill_null(value=False).sum())
        rows = [row | {"checked": _checked(row)} for row in found.to_dicts()]
        named = private.headers("core.dim_project")
        columns = {name: named[name] for name in _PROJECT_COLUMNS} | _CHECK_COLUMNS
        return Sheet(
            _figure_title(COVERAGE.key, str(year), where),
            [f"本县当年抽查 {own} 项 ÷ 应计项目 {len(rows)} 项"],
            self._crumbs(where),
            tables=[private.table_of(f"应计项目（{len(rows)} 项）", rows, columns, self.province)],
        )

    def _surveys(self, year: int, where: Place) -> Sheet:
        found = behind.surveys(self.warehouse, year, where, self.as_of)
        satisfied, valid = int(found["satisfied"].sum()), int(found["responses_valid"].sum())
        named = private.headers("core.fct_survey", "staging.survey")
        columns = {name: named[name] for name in _SURVEY_COLUMNS}
        return Sheet(
            _figure_title(SATISFACTION.key, str(year), where),
            [f"满意答卷 {satisfied} 份 ÷ 有效答卷 {valid} 份"],
            self._crumbs(where),
            tables=[private.table_of(f"匿名学评教问卷（{found.height} 份）", found.to_dicts(), columns, self.province)],
        )

    def survey(self, code: str) -> Sheet:
        """The answers of a survey."""
        rows = behind.answers(self.warehouse, code)
        if not rows:
            raise Unknown(f"当前发布里没有问卷 {code} 的答卷。")
        named = private.headers("staging.survey_response")
        columns = {name: named[name] for name in ("response_id", "overall_rating", "is_valid")}
        table = private.table_of(f"答卷（{len(rows)} 份）", rows, columns, self.province)
        return Sheet(f"问卷 {code}", crumbs=self._crumbs(), tables=[table])

    def subject(self, kind: str, code: str) -> Sheet:
        """Everything judged of one subject, and for a teacher all credit records."""
        found = behind.findings_of(self.warehouse, kind, code)
        records = records_of(self.folder, code) if kind == "teacher" else []
        where = behind.place(self.warehouse, code)
        dumped = behind.project(self.warehouse, code) if kind == "project" else {}
        if not (found or records or where or any(dumped.values())):
            near = "、".join(behind.kinds_of(self.warehouse, code))
            raise Unknown(f"当前发布里没有 {kind} {code}。" + (f"这个编号是：{near}。" if near else ""))
        tables = [private.finding_table(f"结论（{len(found)} 条）", found, self.province)]
        if records:
            tables.append(private.ledger(records))
        tables += [private.dumped(table, rows, self.province) for table, rows in dumped.items()]
        word = private.subject_word(kind)
        name = f"（{where.name}）" if where else ""
        return Sheet(f"{word} {code}{name}", crumbs=self._crumbs(), links=self._figures_of(where), tables=tables)

    def _figures_of(self, where: Place | None) -> list[tuple[str, Sequence[Link]]]:
        """Figures of a school or institution."""
        if where is not None and where.kind == "institution":
            years = behind.institution_years(self.warehouse, where.id)
            links = [
                Link(str(year), private.figure_href(self.province, SATISFACTION.key, str(year), where.id))
                for year in years
            ]
            page = Link("公布的页面", f"/{self.province}/{addresses.institution(where.id)}index.html")
            return [(SATISFACTION.title, links), ("", [page])] if years else []
        if where is not None and where.kind == "school":
            whole = self._place(self.province)
            spans = [period for measure, period in behind.periods(self.warehouse, whole) if measure == CYCLE.key]
            links = [Link(span, private.figure_href(self.province, CYCLE.key, span, where.id)) for span in spans]
            return [(CYCLE.title, links)]
        return []

    def findings(self, clause: str, where: Place, verdict: str | None, span: str, start: int) -> Sheet:
        """A clause's findings below a unit: counts by period, and those of one verdict."""
        rows = behind.finding_counts(self.warehouse, clause, where)
        if not rows:
            raise Unknown(f"{where.name}没有 {clause} 的结论。")
        counts = private.counted(
            [row | {"label": row["span"] or _SPANLESS} for row in rows],
            "label",
            lambda row: private.findings_href(
                self.province, clause, unit=where.id, verdict=row["verdict"], span=row["span"]
            ),
        )
        tables: list[Table] = []
        if verdict is not None:
            if span == "*":  # from a unit's sheet, where verdicts of all periods were counted together
                span = max((row["span"] for row in rows if row["verdict"] == verdict), default="")
            found = behind.findings(self.warehouse, behind.Verdicts(clause, verdict, span), where, start)
            href = private.findings_href(self.province, clause, unit=where.id, verdict=verdict, span=span)
            word = private.verdict_text(verdict, is_trigger=bool(rows[0]["is_trigger"]))
            title = f"{span or _SPANLESS} {word}（{found.total} 条）"
            tables = [private.finding_table(title, found.rows, self.province, _more(href + "&", found))]
        page = Link("条款页", f"/{self.province}/clause/{clause}/index.html")
        crumbs = self._crumbs(where)
        return Sheet(f"{clause}：{where.name}的结论", crumbs=crumbs, links=[("", [page]), *counts], tables=tables)

    # ---- help

    def _place(self, code: str) -> Place:
        found = behind.place(self.warehouse, code)
        if found is None and code == self.province:
            return Place(code, code, "province")
        if found is None:
            raise Unknown(f"当前发布里没有 {code}。")
        return found

    def _crumbs(self, where: Place | None = None) -> list[Link]:
        steps = [Link("明细首页", f"/{self.province}/{ROWS}/")]
        if where is not None and where.kind in ("province", "city", "county"):
            steps.append(Link(where.name, private.unit_href(self.province, where.id)))
        elif where is not None:
            steps.append(Link(where.name, private.subject_href(self.province, where.kind, where.id)))
        return steps


def _figure_title(measure: str, period: str, where: Place) -> str:
    return f"{where.name} {period} {_TITLES[measure]}：明细"


def _ratio_of_people(counts: Mapping[str, int]) -> list[str]:
    """The published ratio spelt out, and who is left out of it."""
    judged = {name: counts.get(name, 0) for name in COUNTED_IN_RATIO}
    left_out = sum(counts.values()) - sum(judged.values())
    told = "、".join(f"{private.verdict_text(name)} {number} 人" for name, number in judged.items() if number)
    return [
        f"达标 {judged[Verdict.MET]} 人 ÷ 参加考核 {sum(judged.values())} 人（{told or '无'}）",
        *([f"另有 {left_out} 人无法判定或不适用，不计入。"] if left_out else []),
    ]


def _checked(row: Mapping[str, Any]) -> str:
    """Whether a project was checked in the year, and whether that counts for the county."""
    if row["is_checked_by_own"]:
        return "本县已查"
    return "他级已查" if row["check_ids"] else "未查"


def _more(href: str, found: Slice) -> Link | None:
    following = found.start + AT_ONCE
    if following >= found.total:
        return None
    return Link(f"第 {following + 1} 行起（共 {found.total} 行）", f"{href}start={following}")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise Unknown(f"{text} 应是数字。")
    return int(text)


# ---- the server


def server(home: Home, port: int, key: str | None = None) -> "PrivateServer":
    """A server on this machine only, not yet running."""
    return PrivateServer(Copy(home), port, key or secrets.token_urlsafe(24))


class PrivateServer(LocalServer):
    """Answers one request at a time, to whoever came in with the key.

    The key opens once: from then on the browser that brought it is known by a cookie of another value, so that an
    address left in a history, a log or somebody's chat opens nothing.
    """

    def __init__(self, copy: Copy, port: int, key: str) -> None:
        super().__init__(self._respond, port, {"Cache-Control": "no-store"})
        self.copy = copy
        self.key = key
        self._is_spent = False
        self._pass = secrets.token_urlsafe(24)
        self._turn = threading.Lock()

    @property
    def cookie(self) -> str:
        return f"shixun-{self.server_port}"

    @property
    def address(self) -> str:
        """The address to open first; it carries the key."""
        return f"http://{ADDRESS}:{self.server_port}/?key={self.key}"

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        address = scope["raw_path"].decode("latin-1") + (f"?{request.url.query}" if request.url.query else "")
        response = self._entrance(request, address)
        if response is None:
            answer = await run_in_threadpool(self._answer, address)
            headers = {"Content-Type": answer.kind} | ({"Location": answer.goes_to} if answer.goes_to else {})
            response = Response(answer.body, answer.status, headers)
        await response(scope, receive, send)

    def _answer(self, address: str) -> Answer:
        with self._turn:
            return self.copy.answer(address)

    def _entrance(self, request: Request, address: str) -> Response | None:
        """What to answer somebody at the door; None who is in already."""
        given = request.query_params.get("key")
        if given is not None and request.method == "GET" and self._takes(given):
            entered = Response(status_code=303, headers={"Location": "/" + urlsplit(address).path.lstrip("/")})
            entered.set_cookie(self.cookie, self._pass, httponly=True, samesite="strict")
            return entered
        if hmac.compare_digest(request.cookies.get(self.cookie, "").encode(), self._pass.encode()):
            return None
        told = "需要钥匙：请打开启动 shixun private 时印出的地址；它只能用一次，用过了请重新启动 shixun private。"
        return PlainTextResponse(told, 403)

    def _takes(self, given: str) -> bool:
        """Whether a key opens; it never does again."""
        if self._is_spent or not hmac.compare_digest(given.encode(), self.key.encode()):
            return False
        self._is_spent = True
        return True

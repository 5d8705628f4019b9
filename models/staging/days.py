"""What a day or a moment means.

Refused is whatever can be two days: an order of day and month that cannot be told, years of two digits, five digits
that may be a month, an interval in a column of single days. A range of hours is no zone. Where an interval leaves out
the year of its end, the end is the first such day after the beginning.
"""

import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from models.contracts import Field
from models.staging.unreadable import Unreadable

_EARLIEST, _LATEST = 1901, 2100
"""Years of a date for which the contract gives none; databases write 1900-01-01 where they have no date."""
_SERIAL_ORIGIN = datetime(1899, 12, 30)  # noqa: DTZ001 - dump times are local, without a zone
_SERIAL_RANGE = range(10_000, 80_000)
_SHANGHAI = timedelta(hours=8)
_FARTHEST_EAST = timedelta(hours=14)
_FARTHEST_WEST = timedelta(hours=12)
_SHORT_OF_MIDNIGHT = time(23, 59, 17)
"""Midnight less the 43 seconds by which Shanghai's clock differed before 1901, which web pages' libraries lose."""
_EPOCH = datetime(1970, 1, 1, 8)  # noqa: DTZ001 - the machine's zero in local time
_LONGEST_TURN = timedelta(days=180)
"""An end without its year is taken for the next one only if the interval is then no longer than this."""

_DAY = re.compile(r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})\s?[日号]?(?!\d)")
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\.0+)?(?!\d)")
_MONTH = re.compile(r"(\d{4})(?:[-/.年]\s?(\d{1,2})月?|(\d{2}))")
_WITHOUT_DAY = re.compile(r"\d{4}年?|\d{4}年?(上|下)半年|\d{4}年(春|夏|秋|冬)季?|\d{4}年第?[一二三四1-4]季度")
_TIME = re.compile(r"(T| ?)(\d{1,2}):([0-5]\d)(?::([0-5]\d)(?:\.\d+)?)?\s?(Z|[+-]\d{2}:?\d{2}|\+\d{2})?", re.IGNORECASE)
_HOURS = re.compile(r"(\d{1,2}):([0-5]\d)(?::[0-5]\d)?\s?[-~—–至到]\s?(\d{1,2}):([0-5]\d)(?::[0-5]\d)?")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_MAYBE_MONTH = re.compile(r"(19[5-9]|20[0-5])\d[1-9](?:\.0+)?")
"""Five digits that may be a year and a month of one digit as well as a serial day of the fifties."""
_WEEKDAY = re.compile(r"[ (]*(?:星期|周|礼拜)([一二三四五六日天])\)?$")
_WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
_RANGE = re.compile(r"\s?(?:-|~|—|–|至|到)\s?")


def is_end(name: str) -> bool | None:
    """Which side of an interval a date column takes: its end, its start (False), or neither (None)."""
    if name in {"start", "start_date", "valid_from", "date_from", "cert_from"}:
        return False
    return True if name in {"end", "end_date", "valid_to", "date_to", "cert_to"} else None


def parse_date(text: str, field: Field, *, since_1904: bool = False) -> date:
    """A day. An interval (2019.7.1-7.12) gives its start or end where the column is one of them."""
    end = is_end(field.name)
    if end is not None and (side := _side_of_interval(text, end=end)) is not None:
        return _within(side, field)
    return _within(_day_of(text, month_ok=field.precision == "month", since_1904=since_1904), field)


def parse_datetime(text: str, field: Field, *, since_1904: bool = False) -> datetime:
    """A moment in local (Shanghai) time without zone; midnight where only the day is given."""
    moment = _moment(text, month_ok=False, since_1904=since_1904)
    _within(moment.date(), field)
    return moment


def _within(day: date, field: Field) -> date:
    """Within the years that the contract finds plausible."""
    if field.minimum is not None and day.year < field.minimum:
        raise Unreadable("date_out_of_range")
    if field.maximum is not None and day.year > field.maximum:
        raise Unreadable("date_out_of_range")
    return day


def _day_of(text: str, *, month_ok: bool, since_1904: bool) -> date:
    """The day a cell names; hours beside it need not be one moment, as long as they are of that day.

    A day of the week beside it must be its own, else one of the two is wrong.
    """
    if weekday := _WEEKDAY.search(text):
        day = _day_of(text[: weekday.start()], month_ok=False, since_1904=since_1904)
        if _WEEKDAYS[weekday[1]] != day.weekday():
            raise Unreadable("no_such_date")
        return day
    found = _DAY.match(text) or _COMPACT_DAY.match(text)
    if found:
        rest = text[found.end() :].strip()
        if rest in {"24:00", "24:00:00"} or _is_within_a_day(rest):
            return _day(*found.groups()).date()
    moment = _moment(text, month_ok=month_ok, since_1904=since_1904)
    if moment.time() == _SHORT_OF_MIDNIGHT:
        raise Unreadable("seconds_lost")
    return moment.date()


def _is_within_a_day(rest: str) -> bool:
    hours = _HOURS.fullmatch(rest)
    if not hours:
        return False
    begin, end = (int(hours[n]) * 60 + int(hours[n + 1]) for n in (1, 3))
    return begin < end <= 24 * 60


def _moment(text: str, *, month_ok: bool, since_1904: bool) -> datetime:
    if _SERIAL.fullmatch(text) and int(float(text)) in _SERIAL_RANGE:
        if since_1904:
            raise Unreadable("serial_of_1904")
        if _MAYBE_MONTH.fullmatch(text):
            raise Unreadable("serial_or_month")
        return _from_serial(text)
    for pattern in (_DAY, _COMPACT_DAY):
        found = pattern.match(text)
        if found:
            rest = text[found.end() :].strip()
            if not rest:
                return _day(*found.groups())
            clock = _TIME.fullmatch(rest)
            if clock:
                return _not_nothing(_day(*found.groups()) + _clock(*clock.groups()))
    month = _MONTH.fullmatch(text)
    if month and 1 <= int(month.group(2) or month.group(3)) <= 12:  # noqa: PLR2004 - months of a year
        if month_ok:
            return _day(month.group(1), month.group(2) or month.group(3), "1")
        raise Unreadable("date_without_day")
    raise Unreadable("date_without_day" if _WITHOUT_DAY.fullmatch(text) else "unreadable")


def _not_nothing(moment: datetime) -> datetime:
    """The moment, unless it is what programs write of a date that is missing."""
    if moment == _EPOCH:
        raise Unreadable("date_of_nothing")
    return moment


def _from_serial(text: str) -> datetime:
    seconds = (Decimal(text) * 86400).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return _SERIAL_ORIGIN + timedelta(seconds=int(seconds))


def _day(year: str, month: str, day: str) -> datetime:
    if not _EARLIEST <= int(year) <= _LATEST:
        raise Unreadable("date_out_of_range")
    try:
        return datetime(int(year), int(month), int(day))  # noqa: DTZ001 - dump times are local, without a zone
    except ValueError as error:
        raise Unreadable("no_such_date") from error


def _clock(sign: str, hour: str, minute: str, second: str | None, zone: str | None) -> timedelta:
    clock = timedelta(hours=int(hour), minutes=int(minute), seconds=int(second or 0))
    if clock >= timedelta(days=1):  # 24:00 is the end of this day or the beginning of the next
        raise Unreadable("unreadable")
    if zone is None:
        return clock
    if zone in {"Z", "z"}:
        return clock + _SHANGHAI
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]) if len(zone) > len("+08") else 0)
    if zone[0] == "-":
        # 08:30-11:30 is a lesson, not a zone: zones west of Greenwich are whole hours, and come with T or seconds
        if offset % timedelta(hours=1) or offset > _FARTHEST_WEST or (second is None and sign.upper() != "T"):
            raise Unreadable("clock_range")
        return clock + _SHANGHAI + offset
    if offset > _FARTHEST_EAST:
        raise Unreadable("clock_range")
    return clock + _SHANGHAI - offset


def _side_of_interval(text: str, *, end: bool) -> date | None:
    """The start or end of an interval of days; None for what is none.

    Raises:
        Unreadable: it ends before it begins, or can be read in two ways.
    """
    first = _DAY.match(text) or _COMPACT_DAY.match(text)
    gap = _RANGE.match(text, first.end()) if first else None
    if not first or not gap:
        return None
    start = _day(*first.groups()).date()
    stop = _end_of_interval(start, text[gap.end() :])
    if stop is None:
        return None
    if stop < start:
        raise Unreadable("interval_reversed")
    return stop if end else start


def _end_of_interval(start: date, rest: str) -> date | None:
    """The last day, its year or month taken from the start where it names none."""
    whole = _DAY.fullmatch(rest) or _COMPACT_DAY.fullmatch(rest)
    if whole:
        return _day(*whole.groups()).date()
    month = _DAY.fullmatch(f"{start.year}.{rest}")
    if month:
        stop = _day(*month.groups()).date()
        later = _day(str(start.year + 1), *month.groups()[1:]).date() if stop < start else stop
        return later if later - start <= _LONGEST_TURN else stop
    day = _DAY.fullmatch(f"{start.year}.{start.month}.{rest}")
    return _day(*day.groups()).date() if day else None

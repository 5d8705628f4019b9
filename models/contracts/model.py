"""The shape of a table contract: tables, fields, types, and the polars schema that follows from them.

Here belong the pydantic models and nothing that reads files. A contract that contradicts itself (a key that
is no field, two fields under one header, one spelling for two values) cannot be constructed.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Literal, Self

import polars as pl
import pydantic

from models.contracts.normal_form import normalised_name

FieldType = Literal[
    "id",
    "text",
    "enum",
    "bool",
    "date",
    "datetime",
    "decimal",
    "integer",
    "ratio",
    "number",
    "rating",
    "list",
    "json",
]
Sensitivity = Literal["none", "personal", "identity"]
Layer = Literal["staging", "core", "marts", "audit"]

#: Hours, credits and money stay exact; ratios and other figures of type `number` are for showing only.
DTYPES: Mapping[FieldType, pl.DataType] = {
    "id": pl.String(),
    "text": pl.String(),
    "enum": pl.String(),
    "bool": pl.Boolean(),
    "date": pl.Date(),
    "datetime": pl.Datetime("us"),
    "decimal": pl.Decimal(38, 3),
    "integer": pl.Int64(),
    "ratio": pl.Float64(),
    "number": pl.Float64(),
    "rating": pl.String(),
    "list": pl.List(pl.String()),
    "json": pl.String(),
}
_LIMITED = frozenset({"decimal", "integer", "ratio", "date", "datetime"})
TRACE: Mapping[str, pl.DataType] = {"_file": pl.String(), "_sheet": pl.String(), "_row": pl.Int64()}

Name = Annotated[str, pydantic.StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Label = Annotated[str, pydantic.StringConstraints(min_length=1, strip_whitespace=True)]


class ContractError(ValueError):
    """A contract file says something that cannot be: names the file, the line and what to write instead."""


class Field(pydantic.BaseModel):
    """One column: its English name, Chinese header and other spellings, type, unit and value list.

    `minimum` and `maximum` are what is plausible (of dates, the years); `limits_from` says by whose word. Of several
    columns that claim the field, one headed by a spelling of `prefer` decides, else the canonical header, else none.
    `references` is the `table` or `table.field` whose value this one repeats. `precision: month` lets a date
    be given as a month (it is then the month's first day); every other date must name its day.
    """

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    name: Name
    header: Label
    synonyms: tuple[Label, ...] = ()
    type: FieldType
    description: str | None = None
    unit: Label | None = None
    required: bool = False
    minimum: int | None = None
    maximum: int | None = None
    limits_from: Label | None = None
    prefer: tuple[Label, ...] = ()
    precision: Literal["day", "month"] = "day"
    references: str | None = None
    sensitivity: Sensitivity = "none"
    values: Mapping[Label, tuple[Label, ...]] | None = None

    @pydantic.model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if self.type == "enum" and not self.values:
            message = f"字段 {self.name} 是 enum，须写 values；取值不限时请用 type: text"
            raise ValueError(message)
        if self.values and self.type not in {"enum", "rating", "list"}:
            message = f"字段 {self.name} 的 type 是 {self.type}，不能写 values；只有 enum、rating、list 可写"
            raise ValueError(message)
        if (self.minimum, self.maximum) != (None, None) and self.type not in _LIMITED:
            message = f"字段 {self.name} 的 type 是 {self.type}，不能写 minimum 或 maximum；只有数值和日期可写"
            raise ValueError(message)
        if stranger := set(self.prefer) - set(self.spellings):
            message = f"字段 {self.name} 的 prefer 写了不是它表头的 {'、'.join(sorted(stranger))}"
            raise ValueError(message)
        if self.sensitivity == "identity" and self.type != "id":
            message = f"字段 {self.name} 标为 identity，type 须为 id"
            raise ValueError(message)
        self._each_spelling_means_one_value()
        return self

    def _each_spelling_means_one_value(self) -> None:
        meaning: dict[str, str] = {}
        for value, spellings in (self.values or {}).items():
            for spelling in (value, *spellings):
                other = meaning.setdefault(normalised_name(spelling), value)
                if other != value:
                    message = f"字段 {self.name} 的写法“{spelling}”同时属于“{other}”和“{value}”，请删去一处"
                    raise ValueError(message)

    @property
    def column(self) -> str:
        """The physical column: an identity field is kept only as its keyed hash (`id_number` → `id_hash`)."""
        if self.sensitivity == "identity":
            return f"{self.name.removesuffix('_number')}_hash"
        return self.name

    @property
    def dtype(self) -> pl.DataType:
        """The polars type of the column once typed."""
        return DTYPES[self.type]

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every way the header may be written, the canonical one first."""
        return (self.header, *self.synonyms, self.name)


class Contract(pydantic.BaseModel):
    """One table: its names, grain, key and fields in canonical order.

    `names` are fields that say whom or what a row is about: rows of one key that differ there are a conflict.
    `period` is the date or year a row belongs to, `place` the unit; either may be a reference to a row that has one.
    """

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    layer: Layer
    table: Name
    title: Label
    synonyms: tuple[Label, ...] = ()
    grain: Label
    description: str | None = None
    key: tuple[Name, ...]
    later_by: Name | None = None
    names: tuple[Name, ...] = ()
    period: Name | None = None
    place: Name | None = None
    fields: tuple[Field, ...]

    @pydantic.model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        names = [field.name for field in self.fields]
        for name in names:
            if names.count(name) > 1:
                message = f"字段 {name} 写了两次，请删去一处"
                raise ValueError(message)
        single = {"later_by": self.later_by, "period": self.period, "place": self.place}
        roles = {"key": self.key, "names": self.names, **{role: (name,) for role, name in single.items() if name}}
        for role, wanted in roles.items():
            for name in wanted:
                if name not in names:
                    message = f"{role} 中的 {name} 不是本表字段；可用的字段：{'、'.join(names)}"
                    raise ValueError(message)
        if not self.key:
            message = "key 不能为空；请写出使每行唯一的字段"
            raise ValueError(message)
        if self.layer == "staging" and not self.field(self.key[0]).required:
            message = f"主键首字段 {self.key[0]} 须写 required: true"
            raise ValueError(message)
        self._each_header_means_one_field()
        return self

    def _each_header_means_one_field(self) -> None:
        meaning: dict[str, str] = {}
        for field in self.fields:
            for spelling in field.spellings:
                other = meaning.setdefault(normalised_name(spelling), field.name)
                if other != field.name:
                    message = f"表头“{spelling}”同时属于字段 {other} 和 {field.name}，请删去一处"
                    raise ValueError(message)

    @cached_property
    def _by_name(self) -> Mapping[str, Field]:
        return {field.name: field for field in self.fields}

    def field(self, name: str) -> Field:
        """The field of that English name (or physical column); KeyError with the known names otherwise."""
        for field in self.fields:
            if name in (field.name, field.column):
                return field
        message = f"{self.layer}.{self.table} has no field {name}; it has {', '.join(self._by_name)}"
        raise KeyError(message)

    def __contains__(self, name: object) -> bool:
        """Whether the table has a field of that English name."""
        return name in self._by_name

    @property
    def references(self) -> Iterator[tuple[Field, str]]:
        """Each field that points to another table, with the `table` or `table.field` it points to."""
        return ((field, field.references) for field in self.fields if field.references)

    @property
    def headers(self) -> Mapping[str, str]:
        """Physical column → Chinese label, in canonical order."""
        return {field.column: field.header for field in self.fields}

    def schema(self) -> pl.Schema:  # type: ignore[override]  # pydantic 1 left a class method of this name
        """The physical table: province, the fields in canonical order, and (staging) `_file _sheet _row`."""
        columns: dict[str, pl.DataType] = {"province": pl.String()}
        columns |= {field.column: field.dtype for field in self.fields}
        if self.layer == "staging":
            columns |= TRACE
        return pl.Schema(columns)

    def empty(self) -> pl.LazyFrame:
        """No rows, every column: what an absent table looks like to those who read it."""
        return pl.LazyFrame(schema=self.schema())

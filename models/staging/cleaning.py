"""Codes and free text, cleaned by expressions: nearly every cell of such columns is different.

Here belong rules that polars can apply to whole columns. What they do: half-width form (NFKC), no control or
invisible characters, no white space around (in codes: anywhere), `.0` behind a whole number removed from codes,
words that mean "nothing" to null. And which cells are clean as they are: most, so that only the others need cost.
"""

import polars as pl

from models.staging.doubts import (
    DAMAGED,
    DITTO,
    FORMULA,
    FORMULA_ERROR,
    INVISIBLE,
    NULL_WORDS,
    OBJECT,
    STRUCK,
    doubt_of,
    null_word,
)

#: A code that needs no cleaning: a digit in it, so that it is no null word, and nothing a float could be written with.
CLEAN_CODE = r"^(?:[A-Za-z_][A-Za-z_-]*)?[0-9][0-9A-Za-z_-]*$"
#: Text that needs none: characters that are their own half-width form, and no blanks.
CLEAN_TEXT = r"^[0-9A-Za-z_\u4e00-\u9fff-]+$"
_FLOAT_CODE = r"^\d+(\.\d+)?[eE]\+\d+$|^\d\.\d+[eE]\d+$"
_WHOLE_AS_FLOAT = r"^(\d+)\.0+$"
_QUOTED_ONCE = r"^['“‘「]([^'“”‘’「」]*)['”’」]$"
"""SQLite and others put text between quotation marks of other kinds."""
_ESCAPED = r"&(?:[A-Za-z]{2,6}|#x?[0-9A-Fa-f]{2,6});|%[0-9A-F]{2}|\\u[0-9A-Fa-f]{4}|\\[nrt]$|^[\[{(]['\"].*[\]})]$"
"""What a code looks like that went through a web page, an address or a program's own notation (['T0001'])."""
_CODE_AND_NAME = (
    r"^[A-Za-z]*[0-9][0-9A-Za-z-]{3,}[\s(\[-]+[\u3400-\u9fff·]{2,}[)\]]?$"
    r"|^[\u3400-\u9fff·]{2,}[\s(\[]+(?:[A-Za-z]+[0-9]{2,}|[0-9]{5,})[0-9A-Za-z-]*[)\]]?$"
    r"|^[(\[][A-Za-z]*[0-9][0-9A-Za-z-]{3,}[)\]]$"
)
_MIDDLE_DOTS = "[•・‧∙⋅･]"
_DITTO = "(?i)" + DITTO
_SHORT = 4
"""Parts of a code of this length or less that look alike are one code in groups (3301 0619 …), not several codes."""
_NULL_WORDS = sorted(NULL_WORDS)
_NO_CODE = r"^[^\p{L}\p{N}]*$"
"""Signs without any letter or digit (?, ***, □) name nobody."""
_AS_DAY = (
    r"^\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?([ T]?\d{1,2}:\d{2}(:\d{2})?)?$|^\d{1,2}月\d{1,2}日$"
    r"|(?i)^\d{1,2}-(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(-\d{2,4})?$"
)


def code(cell: pl.Expr) -> pl.Expr:
    """A code: no white space or quotation marks of spreadsheets, no `.0`, null words to null."""
    flat = (
        cell.str.normalize("NFKC")
        .str.replace_all(INVISIBLE, "")
        .str.replace_all(r'\s+|^=?"|"$', "")
        .str.replace(_QUOTED_ONCE, "$1")
        .str.replace_all("^'+|[,、]+$", "")
        .str.replace(_WHOLE_AS_FLOAT, "$1")
    )
    return pl.when(~null_word(flat) & ~flat.str.contains(_NO_CODE)).then(flat)


def text(cell: pl.Expr) -> pl.Expr:
    """Free text: half-width, single blanks, none between Chinese characters, one kind of middle dot."""
    between = r"([\u3400-\u9fff])\s+([\u3400-\u9fff])"
    flat = (
        cell.str.normalize("NFKC")
        .str.replace_all(INVISIBLE, "")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars()
        .str.replace(_QUOTED_ONCE, "$1")
        .str.replace_all(between, "$1$2")
        .str.replace_all(between, "$1$2")  # 张 三 丰: the first round leaves the second blank
        .str.replace_all(_MIDDLE_DOTS, "·")
    )
    return pl.when(~null_word(flat)).then(flat)


def moment(cell: pl.Expr) -> pl.Expr:
    """A moment in its usual spelling, 2019-12-26 08:30:00, of the years platforms have; null for any other text."""
    usual = cell.str.contains(r"^(199\d|20[0-4]\d)-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$")
    return pl.when(usual).then(cell).str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")


def shape_of(text: pl.Expr) -> pl.Expr:
    """A text with 0 for each digit and A for each letter: what codes of one kind have in common."""
    return text.str.replace_all("[0-9]", "0").str.replace_all("[A-Za-z]", "A")


def reference_fault(cell: pl.Expr) -> pl.Expr:
    """Reason code of a code of another table that has a name beside it: T0001 张三, 西湖区(330106); else null."""
    plain = cell.str.normalize("NFKC").str.strip_chars()
    return pl.when(plain.str.contains(_CODE_AND_NAME)).then(pl.lit("code_with_name"))


def code_fault(cell: pl.Expr, cleaned: pl.Expr) -> pl.Expr:
    """Reason code of a code that lost digits, became a day, is a formula error, several codes, doubtful, else null."""
    quoted = cell.str.replace_all(r'^\s*=?"|"\s*$', "")
    parts = cell.str.normalize("NFKC").str.strip_chars().str.extract_all(r"[^\s,、;，；|]+")
    shapes = parts.list.eval(shape_of(pl.element())).list.unique()
    sides = cleaned.str.split("/")
    alike = sides.list.eval(shape_of(pl.element())).list.n_unique()
    slashed = (sides.list.len() > 1) & (alike == 1) & (sides.list.first().str.len_chars() > _SHORT)
    lists = cell.str.contains(r"[,、;，；|]") | (
        (shapes.list.len() == 1) & (parts.list.get(0, null_on_oob=True).str.len_chars() > _SHORT)
    )
    return (
        pl.when(cleaned.str.contains(_FLOAT_CODE))
        .then(pl.lit("code_as_float"))
        .when(cleaned.str.contains(_AS_DAY))
        .then(pl.lit("code_as_day"))
        .when(cleaned.str.contains(FORMULA_ERROR))
        .then(pl.lit("formula_error"))
        .when(cleaned.str.contains(OBJECT))
        .then(pl.lit("object_text"))
        .when(cleaned.str.contains(_ESCAPED))
        .then(pl.lit("escaped_code"))
        .when(cleaned.str.contains(_DITTO))
        .then(pl.lit("ditto"))
        .otherwise(doubt_of(quoted))
        .fill_null(pl.when((lists & (parts.list.len() > 1)) | slashed).then(pl.lit("several_codes")))
    )


def text_fault(cell: pl.Expr, cleaned: pl.Expr) -> pl.Expr:
    """Reason code of text that is a formula or its error, struck out, damaged or points elsewhere, else null."""
    return (
        pl.when(cleaned.str.contains(FORMULA_ERROR))
        .then(pl.lit("formula_error"))
        .when(cleaned.str.contains(OBJECT))
        .then(pl.lit("object_text"))
        .when(cleaned.str.contains(DAMAGED))
        .then(pl.lit("damaged_text"))
        .when(cell.str.contains(STRUCK))
        .then(pl.lit("struck_text"))
        .when(cell.str.contains(FORMULA))
        .then(pl.lit("formula_unsaved"))
        .when(cleaned.str.contains(_DITTO))
        .then(pl.lit("ditto"))
    )


def is_clean_code(cell: pl.Expr) -> pl.Expr:
    """Whether a code is its own cleaned form and surely a code."""
    return cell.str.contains(CLEAN_CODE) & ~cell.str.contains(_AS_DAY)


def is_clean_text(cell: pl.Expr) -> pl.Expr:
    """Whether a text is its own cleaned form."""
    return cell.str.contains(CLEAN_TEXT) & ~cell.str.to_lowercase().is_in(_NULL_WORDS) & ~cell.str.contains(_DITTO)

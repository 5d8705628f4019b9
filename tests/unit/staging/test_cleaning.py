"""Cells that are said to be clean are their own cleaned form; whatever stands beside them changes nothing."""

import polars as pl
from hypothesis import example, given
from hypothesis import strategies as st

from models.staging import cleaning

cells = (
    st.text(max_size=12)
    | st.from_regex(r"[0-9A-Za-z_.eE+-]{1,12}", fullmatch=True)
    | st.from_regex(r"[一-龥Ａ０ ·-]{1,8}")
)


@given(cells)
@example("1E5")
@example("无")
@example("null")
@example("12.0")
@example("龦")
def test_a_clean_cell_is_its_own_cleaned_form(cell: str) -> None:
    frame = pl.DataFrame({"cell": [cell]})
    at = pl.col("cell")
    for is_clean, cleaned, fault in (
        (cleaning.is_clean_code(at), cleaning.code(at), cleaning.code_fault(at, cleaning.code(at))),
        (cleaning.is_clean_text(at), cleaning.text(at), cleaning.text_fault(at, cleaning.text(at))),
    ):
        clean, form, code = frame.select(clean=is_clean, form=cleaned, code=fault).row(0)
        if clean:
            assert form == cell
            assert code is None

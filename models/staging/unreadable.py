"""The one exception of parsers: a cell that cannot be its field's value."""


class Unreadable(Exception):
    """The text cannot be this field's value; `code` (of `models.staging.reasons`) says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

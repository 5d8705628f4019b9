"""What can keep a report from being written, each with a Chinese message for the person who asked for it."""


class ReportError(Exception):
    """The report cannot be written; the message says why and what to do."""


class NothingToReport(ReportError):
    """The release has no data for the year or the region."""


class CommentaryUnreadable(ReportError):
    """A commentary file is not written as it has to be; the message names file and line."""

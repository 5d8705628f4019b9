"""Chapters of the report: each a finding as heading, the evidence, the comparison, the cause, what follows.

Sentences come from `sentences/*.yaml` by rule; a chapter chooses their order and sets tables and charts beside them.
"""

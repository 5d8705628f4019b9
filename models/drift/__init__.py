"""What changed since the last release beyond its usual variation: by data, by roster, by rule.

Belongs here: what a release remembers of its columns (`profile`), how far a night lies from the one before it
(`steps`), how far it usually does (`usual`), and what is said of it (`telling`). All are pure functions of frames;
which releases are compared is the business of pipelines/release/drifting.py. A table, year or county that is gone whole
is no drift: models/staging/vanished.py tells of it, and the gate refuses.
"""

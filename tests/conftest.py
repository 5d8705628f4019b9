"""What holds for every test: no example of a property is too slow, for speed is measured in benchmarks only."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

"""Layer core: dimensions and facts, each a pure function of tables before it."""

from models.tables import CORE
from pipelines.assets.computed import computed_layer

core = computed_layer("core", CORE)

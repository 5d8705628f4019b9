"""Layer marts: the measures people read, each a pure function of tables before it."""

from models.tables import MARTS
from pipelines.assets.computed import computed_layer

marts = computed_layer("marts", MARTS)

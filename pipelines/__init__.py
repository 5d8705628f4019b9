"""A province's nights, and the questions put to what they published.

Here: what must be so before any library is loaded.
"""

import os

# scipy comes in with Great Expectations, for functions no night calls. Where memory is short, OpenBLAS waits for ever,
# deaf to signals, for the buffers of its threads; one thread needs none.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

"""``python -m evaluation``: the command line."""

import os
import sys

# Many small matrices: more threads only wait for each other. Before numpy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from evaluation.cli import main

sys.exit(main())

"""`python -m tangent2` is the command line."""
from __future__ import annotations

import sys

from tangent2.cli import main

if __name__ == "__main__":
    sys.exit(main())

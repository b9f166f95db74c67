"""Build this checkout from wherever one stands: ``timeline build`` with its folder."""

from __future__ import annotations

import sys
from pathlib import Path

from timeline.cli import main

if __name__ == "__main__":
    sys.argv[1:] = ["build", str(Path(__file__).resolve().parent.parent)]
    main()

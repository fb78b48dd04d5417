"""`python -m tillproof`: the same as `tillproof`."""

from __future__ import annotations

import sys

from tillproof.cli import main

if __name__ == "__main__":
    sys.exit(main())

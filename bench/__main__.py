"""`python -m bench`: runs the benchmarks of bench/runner.py."""

import sys

try:
    from bench.runner import main
except ImportError as missing:
    print(f"{missing.name} is missing. Run `make .venv/ready`, then .venv/bin/python -m bench.", file=sys.stderr)
    sys.exit(2)
main()

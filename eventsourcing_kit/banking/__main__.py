"""Write the simulated bank: python -m eventsourcing_kit.banking data/bank.jsonl"""

from __future__ import annotations

import argparse
import sys

from ..jsonl import dump_jsonl
from .simulation import SEED, simulate_bank


def main() -> None:
    """Write the file that the first argument names."""
    parser = argparse.ArgumentParser(description="Write the bank that the chapters open.")
    parser.add_argument("path", help="the JSON Lines file to write")
    parser.add_argument("--seed", type=int, default=SEED, help=f"{SEED} makes the kit's own bank")
    arguments = parser.parse_args()
    count = dump_jsonl(simulate_bank(arguments.seed), arguments.path)
    sys.stdout.write(f"{count:,} events written to {arguments.path}\n")


if __name__ == "__main__":
    main()

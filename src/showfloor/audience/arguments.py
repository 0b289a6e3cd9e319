"""The arguments of `showfloor audience`; the command line reads them before Django is set up."""

import argparse


def add_to(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("show", help="the show's address, as in /shows/<show>")
    parser.add_argument("--viewers", type=int, default=20, help="how many come (default: 20)")
    parser.add_argument("--minutes", type=int, default=30, help="how long they stay (default: 30)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed: the same audience")
    parser.add_argument("--no-orders", action="store_true", help="nobody buys")
    parser.add_argument("--site", default="", help="the server (default: this machine's, by PORT)")

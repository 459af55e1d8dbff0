"""Give the course the address of its repository:  python -m tools.adopt https://github.com/you/course [--branch main]

Writes it to _config.yml, from which the site gets its launch buttons, and into the set-up cell of every chapter and
exercise, which installs the course where it is missing. An empty address removes all that again.
"""

import argparse
import re
import sys

from tools import exercises, notebooks
from tools.shared import ROOT

ADDRESS = re.compile(r"https://[\w.-]+(/[\w.-]+){2,}")


def with_address(config, address, branch):
    """The text of _config.yml with another address and branch."""
    if address and not ADDRESS.fullmatch(address):
        raise ValueError(f"address must look like https://github.com/you/course, got {address!r}")
    config, urls = re.subn(r'(?m)^(repository:\n  url: )".*"$', rf'\g<1>"{address}"', config)
    config, branches = re.subn(r'(?m)^(  branch: )".*"$', rf'\g<1>"{branch}"', config)
    if (urls, branches) != (1, 1):
        raise ValueError(f"_config.yml must have one address and one branch, got {urls} and {branches}")
    return config


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address", help="https://… of the repository")
    parser.add_argument("--branch", default="main")
    options = parser.parse_args(arguments)
    path = ROOT / "_config.yml"
    address = options.address.removesuffix("/").removesuffix(".git")
    try:
        config = with_address(path.read_text(encoding="utf-8"), address, options.branch)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    path.write_text(config, encoding="utf-8")
    print(f"_config.yml: {address or 'no address'}")
    return notebooks.main(["--scrub"]) or exercises.main([])


if __name__ == "__main__":
    sys.exit(main())

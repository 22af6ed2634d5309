"""``python sip_scan.py ADDRESS svwar|svcrack OPTION…``: a scan of sipvicious that really comes from the address.

Both programs take ``-b`` and forget it (0.3): from the address that they would scan from by themselves nobody is a stranger.
"""

import importlib
import sys
from functools import partial

SCANNERS = {"svwar": "TakeASip", "svcrack": "ASipOfRedWine"}


def main() -> None:
    address, program, *options = sys.argv[1:]
    module = importlib.import_module(f"sipvicious.{program}")
    name = SCANNERS[program]
    setattr(module, name, partial(getattr(module, name), bindingip=address))
    sys.argv = [program, *options]
    module.main()


if __name__ == "__main__":
    main()

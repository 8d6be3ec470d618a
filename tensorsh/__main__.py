"""`python -m tensorsh` is the command `tensorsh`."""

import sys

from tensorsh.cli import main

sys.exit(main())

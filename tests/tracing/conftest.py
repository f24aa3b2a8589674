"""The models of the zoo are tests' data; their file is importable by name."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

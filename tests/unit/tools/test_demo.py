"""`make demo` says which step did not hold, and fails."""

import subprocess
import sys
from pathlib import Path

BASE = Path(__file__).resolve().parents[3]
SCRIPT = """
import sys
from pathlib import Path
from tools import demo
from tools.frame import expect

demo.STATE = demo.OUTPUT = Path(sys.argv[1])
demo.STEPS = [("first", lambda _: "well"), ("second", lambda _: expect({held}, "404 was expected") or "well")]
sys.exit(demo.main())
"""


def demo(folder: Path, *, held: bool) -> tuple[int, str]:
    words = [sys.executable, "-c", SCRIPT.format(held=held), str(folder)]
    done = subprocess.run(words, cwd=BASE, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout


def test_a_step_that_does_not_hold_is_named_and_the_demo_fails(tmp_path: Path) -> None:
    status, said = demo(tmp_path, held=False)
    assert (status, said.splitlines()[-1]) == (1, "demo: step 'second' did not hold")
    assert "404 was expected" in said


def test_the_last_line_counts_the_steps_that_held(tmp_path: Path) -> None:
    status, said = demo(tmp_path, held=True)
    assert (status, said.splitlines()[-1]) == (0, "demo: all 2 steps held")

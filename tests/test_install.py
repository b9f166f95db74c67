"""What is installed stands on its own: the wheel works without the checkout, and importing it is cheap."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import timeline

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, unpacked in a folder of its own."""
    folder, target = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("installed")

    def pip(*arguments: str | Path) -> None:
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
        subprocess.run([*command, *map(str, arguments), "--no-deps", "--no-index"], check=True)

    pip("wheel", "--no-build-isolation", "--wheel-dir", folder, ROOT)
    (wheel,) = folder.glob("*.whl")
    pip("install", "--target", target, wheel)
    return target


def outside(code: str, *folders: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run Python with these folders before the libraries, and with no editable installation."""
    paths = [*map(str, folders), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={**environment, "PYTHONPATH": os.pathsep.join(paths)},
        cwd=cwd,
        capture_output=True,
        text=True,
    )


def test_the_wheel_works_without_the_checkout(installed: Path, tmp_path: Path) -> None:
    code = """
import json, timeline
from timeline.files import home
dataset = timeline.open()
timeline.validate(dataset)
print(json.dumps([timeline.__file__, str(home()), len(timeline.load("events")), timeline.__version__,
                  str(dataset.story("sea-shuttle-najin-dunay"))]))
"""
    run = outside(code, installed, cwd=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    file, home, events, version, story = json.loads(run.stdout)
    assert Path(file) == installed / "timeline" / "__init__.py"
    assert Path(home) == installed / "timeline" / "_data"
    assert events == len(timeline.load("events")) > 390
    assert version == timeline.open().version
    assert story == str(timeline.open().story("sea-shuttle-najin-dunay"))


def test_the_command_of_the_wheel_works_without_the_checkout(installed: Path, tmp_path: Path) -> None:
    code = "import sys; from timeline.cli import main; sys.argv = ['timeline', 'validate']; main()"
    run = outside(code, installed, cwd=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("valid: ")
    assert (installed / "bin" / "timeline").is_file()
    assert (installed / "timeline" / "py.typed").is_file()


def test_importing_it_loads_no_library(tmp_path: Path) -> None:
    code = """
import sys
before = set(sys.modules)
import timeline
new = {name.partition(".")[0] for name in set(sys.modules) - before}
print(sorted(new - sys.stdlib_module_names))"""
    run = outside(code, ROOT, cwd=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == "['timeline']\n"

"""What is installed stands on its own: the wheel works without the checkout, and importing it is cheap."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

import timeline

ROOT = Path(__file__).parent.parent


def hatch(*options: str, cwd: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", *options], cwd=cwd, check=True, capture_output=True
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the wheel and the source distribution of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    hatch("-d", str(folder), cwd=ROOT)
    return folder


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, unpacked in a folder of its own."""
    target = tmp_path_factory.mktemp("installed")

    def pip(*arguments: str | Path) -> None:
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
        subprocess.run([*command, *map(str, arguments), "--no-deps", "--no-index"], check=True)

    pip("install", "--target", target, next(built.glob("*.whl")))
    return target


def test_the_wheel_holds_the_package_its_data_and_nothing_else(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    data = {name.removeprefix("timeline/_data/") for name in names if name.startswith("timeline/_data/")}
    parts = ("schemas", "data/processed", "releases")
    published = {path.relative_to(ROOT).as_posix() for part in parts for path in (ROOT / part).iterdir()}
    assert data >= published | {"datapackage.json", "CODEBOOK.md", "CITATION.cff"}
    assert not [name for name in data if name.startswith("data/raw")]
    assert not [name for name in names if Path(name).name.startswith("test_") or "__pycache__" in name]


def test_the_source_distribution_builds_the_same_wheel(built: Path, tmp_path: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as source:
        source.extractall(tmp_path, filter="data")
    (root,) = tmp_path.iterdir()
    hatch("-t", "wheel", "-d", str(tmp_path), cwd=root)
    (again,) = tmp_path.glob("*.whl")
    assert again.read_bytes() == next(built.glob("*.whl")).read_bytes()


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
assert timeline.verify()
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

"""What is installed stands on its own: the wheel works without the checkout, and importing it is cheap."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import timeline

ROOT = Path(__file__).parents[2]


def hatch(*options: str, cwd: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", *options], cwd=cwd, check=True, capture_output=True
    )


@pytest.fixture(scope="session")
def built(once) -> Path:
    """Folder with the wheel and the source distribution of this checkout."""
    return once("dist", lambda folder: hatch("-d", str(folder), cwd=ROOT))


@pytest.fixture(scope="session")
def installed(built: Path, once) -> Path:
    """A virtual environment that holds the wheel, what it says it cannot do without, and nothing else."""
    return once("installed", lambda root: install(built, root))


def install(built: Path, root: Path) -> None:
    venv.create(root, symlinks=True)
    (site,) = root.glob("lib/*/site-packages")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", root / "bin" / "python"]
    wheel = next(built.glob("*.whl"))
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", wheel], check=True)
    (ours,) = site.glob("dprk_russia_timeline-*.dist-info")
    for library in needed_by(Distribution.at(ours)):
        for name in {file.parts[0] for file in library.files or () if file.parts[0] != ".."}:
            with contextlib.suppress(FileExistsError):  # __pycache__, for one
                (site / name).symlink_to(str(library.locate_file(name)))


def needed_by(library: Distribution, found: dict[str, Distribution] | None = None) -> Iterable[Distribution]:
    """What is installed here of the libraries that one needs without any extra, and that they need."""
    found = {} if found is None else found
    for required in map(Requirement, library.requires or ()):
        if required.name not in found and (not required.marker or required.marker.evaluate({"extra": ""})):
            found[required.name] = distribution(required.name)
            needed_by(found[required.name], found)
    return found.values()


def run(installed: Path, *command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a program of the environment, and let no warning of Python pass."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    program, *arguments = command
    return subprocess.run(
        [installed / "bin" / program, *arguments],
        env={**environment, "PYTHONWARNINGS": "error"},
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


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


def test_the_wheel_works_without_the_checkout(installed: Path, tmp_path: Path) -> None:
    code = """
import json, timeline
from timeline.home import home
dataset = timeline.open("1.0.0")
timeline.validate(timeline.open())
assert timeline.verify()
denials = dataset.where(kind="denial")
assert timeline.resolve(denials.cite("bibtex")) == denials
print(json.dumps([timeline.__file__, str(home()), len(timeline.load("events")), timeline.__version__,
                  len(denials["events"]), str(dataset.story("sea-shuttle-najin-dunay"))]))
"""
    done = run(installed, "python", "-c", code, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    file, home, events, version, denials, story = json.loads(done.stdout)
    (package,) = installed.glob("lib/*/site-packages/timeline")
    assert (Path(file), Path(home)) == (package / "__init__.py", package / "_data")
    assert events == len(timeline.load("events")) > 390
    assert version == timeline.open().version
    assert denials == len(timeline.open("1.0.0").where(kind="denial")["events"]) > 10
    assert story == str(timeline.open("1.0.0").story("sea-shuttle-najin-dunay"))
    assert (package / "py.typed").is_file()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("validate", "valid: "),
        ("info", f"timeline {timeline.open().version}: "),
        ("show sea-shuttle-najin-dunay", "Russian ships begin carrying DPRK containers"),
        ("diff 0.9.0 1.0.0", "0.9.0 → 1.0.0: "),
        ("cite --release 1.0.0 --style short", "dprk-russia-timeline:1.0.0/"),
    ],
)
def test_the_command_works_without_the_checkout(
    command: str, said: str, installed: Path, tmp_path: Path
) -> None:
    done = run(installed, "timeline", *command.split(), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert said in done.stdout


COMMANDS_WITH_EXTRAS = {
    "build": ["build ROOT", "release 9.0.0"],
    "plot": ["plot -o x.svg"],
    "sql": ["sql select"],
    "network": ["export graphml -o x.graphml"],
    "excel": ["export excel -o x.xlsx"],
    "followthemoney": ["export followthemoney -o x.ftm"],
    "icalendar": ["export icalendar -o x.ics"],
    "site": ["site out"],
}
CALLS_WITH_EXTRAS = {
    "plot": ["open().plot()"],
    "sql": ["open().sql('select 1')"],
    "network": ["open().graph()", "open().to_graphml('x.graphml')"],
    "excel": ["open().to_excel('x.xlsx')"],
    "followthemoney": ["open().to_followthemoney('x.ftm')"],
    "icalendar": ["open().to_icalendar('x.ics')"],
}


def test_every_extra_is_asked_for_by_something() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (all_,) = project["optional-dependencies"]["all"]
    assert Requirement(all_).extras == COMMANDS_WITH_EXTRAS.keys() | CALLS_WITH_EXTRAS.keys()


@pytest.mark.parametrize(
    ("extra", "command"), [(extra, each) for extra, all_ in COMMANDS_WITH_EXTRAS.items() for each in all_]
)
def test_a_command_says_which_extra_it_needs(
    extra: str, command: str, installed: Path, small_root: Path, tmp_path: Path
) -> None:
    done = run(installed, "timeline", *command.replace("ROOT", str(small_root)).split(), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("timeline: ")
    assert f": pip install 'dprk-russia-timeline[{extra}]'" in line
    assert not list(tmp_path.iterdir())


def test_a_call_says_which_extra_it_needs(installed: Path, tmp_path: Path) -> None:
    """In one process, since Python starts as slowly as all of them run."""
    calls = [(extra, call) for extra, all_ in CALLS_WITH_EXTRAS.items() for call in all_]
    code = f"""
import json, timeline
told = []
for _, call in {calls}:
    try:
        eval("timeline." + call)
        told.append("worked")
    except timeline.BadRequest as error:
        told.append(str(error))
print(json.dumps(told))
"""
    done = run(installed, "python", "-c", code, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    for (extra, call), told in zip(calls, json.loads(done.stdout), strict=True):
        assert f": pip install 'dprk-russia-timeline[{extra}]'" in told, call
        assert "\n" not in told
    assert not list(tmp_path.iterdir())


def test_importing_it_loads_no_library(installed: Path, tmp_path: Path) -> None:
    code = """
import sys
before = set(sys.modules)
import timeline
new = {name.partition(".")[0] for name in set(sys.modules) - before}
print(sorted(new - sys.stdlib_module_names))"""
    done = run(installed, "python", "-c", code, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "['timeline']\n"

"""A small raw folder of real events, the package built from it, and means to change one thing in either."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from faults import Files, tree
from filelock import FileLock
from folders import PackageFolder, RawFolder
from hypothesis import settings
from pyarrow import parquet

import timeline
from timeline import contract
from timeline.curation.build import build, package_from_raw

settings.register_profile("suite", deadline=None)
settings.load_profile("suite")

ROOT = Path(__file__).parent.parent


Once = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Make a folder by its name, once for all processes among which pytest-xdist spreads the tests."""
    temporary = tmp_path_factory.getbasetemp()
    common = temporary.parent if "PYTEST_XDIST_WORKER" in os.environ else temporary

    def folder(name: str, make: Callable[[Path], object]) -> Path:
        path, done = common / f"once-{name}", common / f"once-{name}.done"
        with FileLock(common / f"once-{name}.lock"):
            if not done.exists():
                shutil.rmtree(path, ignore_errors=True)
                path.mkdir()
                make(path)
                done.touch()
        return path

    return folder


@pytest.fixture(scope="session")
def same_pyarrow() -> bool:
    """Whether the pyarrow that is installed wrote the published files; another writes other bytes."""
    written = parquet.ParquetFile(ROOT / "data" / "processed" / "events.parquet").metadata.created_by
    return str(written).endswith(f" {pa.__version__}")


@pytest.fixture(scope="session")
def published() -> dict[str, pa.Table]:
    """Every table as published; of the retired ids, of which there are none yet, some that were made up."""
    dataset = timeline.open()
    tables = {name: dataset._plain(name) for name in contract.TABLES}
    gone = [
        {"id": f"gone-{n}", "table": "events", "reason": "Told twice.", "release": "1.0.0"} for n in range(20)
    ]
    tables["retired"] = pa.Table.from_pylist(gone, schema=tables["retired"].schema)
    return tables


@pytest.fixture(scope="session")
def small_root() -> Path:
    """A handful of real events with exactly the rows of the registries that they need, as in 1.0.0."""
    return Path(__file__).with_name("small")


@pytest.fixture
def raw(small_root: Path, tmp_path: Path) -> RawFolder:
    """The small raw folder, to be changed."""
    return RawFolder(shutil.copytree(small_root, tmp_path / "checkout"))


@pytest.fixture(scope="session")
def small_package(small_root: Path, once: Once) -> Path:
    """The package built from the small raw folder."""
    return once("built", lambda root: build(shutil.copytree(small_root, root, dirs_exist_ok=True)))


@pytest.fixture
def checkout(small_package: Path, tmp_path: Path) -> RawFolder:
    """A small checkout that was built once, and by which a change is told to have lost nothing."""
    return RawFolder(shutil.copytree(small_package, tmp_path / "checkout"))


@pytest.fixture
def package(small_package: Path, tmp_path: Path) -> PackageFolder:
    """The small package, to be changed."""
    return PackageFolder(
        shutil.copytree(small_package, tmp_path / "package", ignore=shutil.ignore_patterns("raw"))
    )


@pytest.fixture(scope="session")
def spark():
    """A session of PySpark on two cores."""
    sql = pytest.importorskip("pyspark.sql", reason="make test-engines installs PySpark")
    if not shutil.which("java"):
        pytest.skip("PySpark needs Java")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        sql.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.adaptive.enabled", "false")
        .config("spark.sql.codegen.wholeStage", "false")  # to compile takes longer than a small table
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )

    yield session
    session.stop()


@pytest.fixture(scope="session")
def old(small_package: Path) -> Files:
    """The files of the small package."""
    return tree(small_package)


@pytest.fixture(scope="session")
def new(small_package: Path, tmp_path_factory: pytest.TempPathFactory) -> Files:
    """What a build gives after a title and a name were changed."""
    raw = RawFolder(shutil.copytree(small_package, tmp_path_factory.mktemp("changed") / "checkout"))
    raw.replace("kim-putin-summit-vostochny", "hold a summit", "meet")
    raw.replace("actors", "Vladimir Putin", "V. V. Putin")
    _, files = package_from_raw(raw.root)
    assert b"Kim and Putin meet at" in files["data/processed/events.csv"]
    return files

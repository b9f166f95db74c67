"""The command as people run it: help, what it prints, exit codes, pipes."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import timeline
from timeline import contract
from timeline.cli import app, main
from timeline.files import atomic

SCRIPT = Path(sys.executable).parent / "timeline"
COMMANDS = sorted(typer.main.get_command(app).commands)


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command within this process; return its exit code, standard output and standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["timeline", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code or 0, *capsys.readouterr()

    return run


def script(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    """Run the installed script in a process of its own."""
    return subprocess.run([SCRIPT, *map(str, arguments)], capture_output=True, text=True, **options)


# Help ------------------------------------------------------------------------------------------------------


def test_help_names_every_command(run) -> None:
    code, out, err = run("--help")
    assert (code, err) == (0, "")
    assert {"build", "validate", "list", "show", "info"} <= set(COMMANDS)
    for name in COMMANDS:
        assert f" {name} " in out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, run) -> None:
    code, out, err = run(command, "--help")
    assert (code, err) == (0, "")
    assert f"timeline {command}" in out
    described = typer.main.get_command(app).commands[command]
    words = " ".join(re.sub("[│╭╮╰╯─]", " ", out).split())
    assert " ".join((described.help or "without").split("\n\n")[0].split()) in words
    assert not [each.name for each in described.params if not getattr(each, "help", None)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lst"], "No such command 'lst'"),
        (["list", "--knd", "denial"], "No such option"),
        (["show"], "Missing argument"),
        (["list", "--format", "xml"], "is not one of"),
        (["list", "--kind", "denail"], "timeline: no kind is called 'denail'; did you mean denial?"),
        (["list", "--certain"], "timeline: --certain needs a window"),
        (["list", "--during", "2023-13"], "timeline: "),
        (["show", "kremlin-says-no-prof-of-dprk-arms"], "did you mean kremlin-says-no-proof-of-dprk-arms?"),
    ],
)
def test_a_bad_request_is_answered_with_exit_code_2(arguments: list[str], said: str, run) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


# Looking ---------------------------------------------------------------------------------------------------


def test_list_prints_rows_as_csv_and_json(run) -> None:
    expected = timeline.open().where(kind="denial", place="moscow")["timeline"]
    chosen = ("list", "--kind", "denial", "--place", "moscow", "--format")
    code, out, err = run(*chosen, "csv")
    assert (code, err) == (0, "")
    header, *rows = csv.reader(io.StringIO(out))
    assert header == list(expected.columns)
    assert [row[0] for row in rows] == expected.iloc[:, 0].tolist()
    code, out, err = run(*chosen, "json")
    assert (code, err) == (0, "")
    records = json.loads(out)
    assert [record["event_id"] for record in records] == expected["event_id"].tolist()
    assert list(records[0]) == header
    assert records[0]["start_earliest"] == f"{expected['start_earliest'].iloc[0]:%Y-%m-%d}"
    assert len(records) > 3


def test_list_prints_a_table_that_people_and_awk_read(run) -> None:
    expected = timeline.open().where(kind="denial")["timeline"]
    code, out, err = run("list", "--kind", "denial")
    assert (code, err) == (0, f"{len(expected)} events\n")
    header, *lines = out.splitlines()
    assert header.split() == ["date", "kind", "status", "title", "event_id"]
    assert len(lines) == len(expected)
    assert [line.split()[-1] for line in lines] == expected["event_id"].tolist()
    assert "\x1b" not in out


@pytest.mark.parametrize("format", ["table", "csv", "json"])
def test_list_of_nothing_is_empty_and_no_error(format: str, run) -> None:
    code, out, _ = run("list", "--kind", "visit", "--status", "claimed", "--format", format)
    assert code == 0
    if format == "json":
        assert json.loads(out) == []
    else:
        assert len(out.splitlines()) == 1


def test_list_takes_windows_and_snapshots(run) -> None:
    dataset = timeline.open()
    for options, part in (
        (["--during", "2023-11"], dataset.during("2023-11")),
        (["--during", "2023-11", "--certain"], dataset.during("2023-11", match="certain")),
        (["--as-known-on", "2024-01-08", "--kind", "transfer"],
         dataset.as_known_on("2024-01-08").where(kind="transfer")),
        (["--kind", "denial", "--kind", "transfer"], dataset.where(kind=["denial", "transfer"])),
    ):  # fmt: skip
        code, out, _ = run("list", *options, "--format", "json")
        assert code == 0
        assert [each["event_id"] for each in json.loads(out)] == part["timeline"]["event_id"].tolist()


def test_show_prints_the_story(run) -> None:
    event = "kremlin-says-no-proof-of-dprk-arms"
    code, out, err = run("show", event)
    assert (code, out, err) == (0, f"{timeline.open().story(event)}\n", "")


def test_info_counts_every_event(run) -> None:
    code, out, err = run("info")
    dataset = timeline.open()
    assert (code, err) == (0, "")
    assert out.startswith(f"{dataset!r}\n")
    table = out.partition("\n\n")[2].splitlines()[2:]
    assert sum(int(count) for line in table for count in line.split()[1:]) == len(dataset["events"])


# Keeping ---------------------------------------------------------------------------------------------------


def test_validate_holds_or_tells_every_problem(package, run) -> None:
    code, out, err = run("validate", package.root)
    assert (code, err) == (0, "")
    assert out.startswith("valid: ")
    assert out.endswith(" rules hold\n")
    package.replace("events", b",denial,", b",denail,")
    code, out, err = run("validate", package.root)
    assert (code, out) == (1, "")
    heading, *problems = err.splitlines()
    assert heading == f"timeline: {len(problems)} problems"
    assert "kind 'denail': must be one of" in err
    package.replace("events", b",denail,", b",denial,", rehash=False)
    code, out, err = run("validate", package.root)
    assert (code, out) == (1, "")
    assert "events.csv has sha256:" in err
    assert len(err.splitlines()) == 1


def test_validate_of_what_is_not_there(tmp_path: Path, run) -> None:
    code, out, err = run("validate", tmp_path / "nothing")
    assert (code, out) == (1, "")
    assert err == f"timeline: {tmp_path / 'nothing'}: there is no such folder, datapackage.json or zip\n"


def test_a_path_that_moves_the_cursor_is_told_as_text(tmp_path: Path, run) -> None:
    code, out, err = run("validate", f"{tmp_path}/\x1b[2J\u202e")
    assert (code, out) == (1, "")
    told = r"\x1b[2J\u202e: there is no such folder, datapackage.json or zip"
    assert err == f"timeline: {tmp_path}/{told}\n"


# The script ------------------------------------------------------------------------------------------------


def test_the_script_builds_validates_and_looks(small_root: Path, tmp_path: Path) -> None:
    away = script("build", cwd=tmp_path)
    assert (away.returncode, away.stdout) == (2, "")
    assert away.stderr.startswith(f"timeline: there is no folder {tmp_path / 'data' / 'raw'}: ")
    root = shutil.copytree(small_root, tmp_path / "checkout")
    built = script("build", cwd=root)
    assert (built.returncode, built.stderr) == (0, "")
    assert built.stdout.startswith(f"built {len(contract.TABLES)} tables with ")
    assert (root / "datapackage.json").is_file()
    (root / "data" / "raw" / "places.csv").unlink()
    broken = script("build", cwd=root)
    assert (broken.returncode, broken.stdout) == (1, "")
    assert broken.stderr == "timeline: 1 problem\n  places.csv: is missing [readable]\n"


@pytest.mark.parametrize("command", ["list --format csv", "list"])
def test_a_pipe_that_closes_early_is_no_error(command: str) -> None:
    shell = f"'{SCRIPT}' {command} | head -1"
    run = subprocess.run(["bash", "-c", shell], capture_output=True, text=True)
    assert len(run.stdout.splitlines()) == 1
    assert re.fullmatch(r"(\d+ events\n)?", run.stderr)


def test_output_is_the_same_in_a_plain_locale() -> None:
    shown = script(
        "show", "kremlin-says-no-proof-of-dprk-arms", env={**os.environ, "LC_ALL": "C", "TERM": "dumb"}
    )
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "für angebliche Waffenlieferungen" in shown.stdout


# Ctrl-C ----------------------------------------------------------------------------------------------------

PAUSED = """
import sys, time
from timeline.cli import main
from timeline.curation import build

def paused(*given, **also):
    print("here", flush=True)
    time.sleep(60)

build.{function} = paused
sys.argv = ["timeline", "build", sys.argv[1]]
main()
"""


@pytest.mark.parametrize("function", ["table_files", "commit"])
def test_ctrl_c_ends_a_build_and_leaves_what_was_there(
    function: str, small_package: Path, tmp_path: Path
) -> None:
    root = shutil.copytree(small_package, tmp_path / "checkout")
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    code = PAUSED.format(function=function)
    build = subprocess.Popen(
        [sys.executable, "-c", code, root], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert build.stdout and build.stdout.readline() == "here\n"
    build.send_signal(signal.SIGINT)
    _, err = build.communicate(timeout=60)
    assert build.returncode == 130 and "Traceback" not in err
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_ctrl_c_while_files_are_written_leaves_no_trace(raw, monkeypatch: pytest.MonkeyPatch, run) -> None:
    whole, written = atomic._write_durably, []

    def interrupted(path: Path, content: bytes) -> None:
        if len(written) == 10:
            raise KeyboardInterrupt
        written.append(path)
        whole(path, content)

    monkeypatch.setattr(atomic, "_write_durably", interrupted)
    code, _, err = run("build", raw.root)
    assert code == 130 and "Traceback" not in err and len(written) == 10
    assert [path for path in raw.root.rglob("*") if path.is_file() and "raw" not in path.parts] == []

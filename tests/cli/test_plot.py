"""The command plot writes a chart or says why not."""

from __future__ import annotations

import pytest

from timeline import cli


def test_the_command_writes_a_chart_or_says_why_not(tmp_path, monkeypatch, capsys):
    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["timeline", "plot", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code

    path = tmp_path / "chart.svg"
    assert run("estimates", "--measure", "troops-deployed", "-o", str(path)) == 0
    assert "DPRK troops deployed" in path.read_text()
    assert run("-o", str(tmp_path / "chart.pdf")) == 2
    assert ".svg, .png, .html" in capsys.readouterr().err
    assert run("-o", str(tmp_path / "missing" / "chart.svg")) == 2
    assert [each.name for each in tmp_path.iterdir()] == ["chart.svg"]

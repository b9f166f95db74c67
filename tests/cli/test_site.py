"""The command site writes the site."""

from __future__ import annotations

import pytest

from timeline import cli


def test_the_command_writes_the_site(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["timeline", "site", str(tmp_path / "site")])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0 and "open" in capsys.readouterr().out
    assert (tmp_path / "site" / "index.html").is_file()

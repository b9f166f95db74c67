"""Archives and addresses that are not to be trusted: one message each, and nothing is written."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import socket
import stat
import struct
import subprocess
import sys
import threading
import urllib.request
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

import timeline
from timeline.errors import BadRequest, BrokenRelease
from timeline.files import download, opening, package
from timeline.files.package import DESCRIPTOR
from timeline.versions import index

ROOT = Path(__file__).parents[2]
ZIP = index.zip_of("0.9.0")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder to work in beside a secret; afterwards nothing but what the test put there is there."""
    (tmp_path / "secret.csv").write_text("secret\n")
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def listing(folder):
    return {path: path.stat().st_size for path in folder.parent.rglob("*") if path.is_file()}


def refused(path, **given):
    """The one message with which every way of opening it is refused; nothing is written."""
    before = listing(Path.cwd())
    told = set()
    for ask in (lambda: timeline.open(path, **given)["events"], lambda: timeline.validate(path)):
        with pytest.raises(BrokenRelease) as wrong:
            ask()
        told.add(str(wrong.value))
        if given:
            break
    if not given and not opening.is_address(path):
        with pytest.raises(BrokenRelease) as wrong:
            timeline.verify(path)
        assert told <= set(str(wrong.value).split("\n"))
    assert len(told) == 1 and listing(Path.cwd()) == before
    (message,) = told
    assert "\n" not in message
    return message


def descriptor(path="events.csv", **resource):
    return json.dumps({"version": "0.1.0", "resources": [{"name": "events", "path": path, **resource}]})


def entry(name, mode=stat.S_IFREG | 0o644):
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, mode << 16
    return info


def write(path, *entries, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content, compression)
    return path


# Zips ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["../secret.csv", "a/../../secret.csv", "/etc/passwd", "C:/x", "a\\..\\x"],
)
def test_a_name_that_leads_outside_is_refused(name, place):
    path = write(place / "x.zip", (DESCRIPTOR, descriptor()), (name, "x"))
    assert refused(path) == f"{path}: the path {name!r} leads outside the package"


def test_a_link_is_refused(place):
    path = write(
        place / "x.zip",
        (DESCRIPTOR, descriptor()),
        (entry("events.csv", stat.S_IFLNK | 0o777), "../secret.csv"),
    )
    assert refused(path) == f"{path}: events.csv is a link"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_stands_twice_is_refused(place):
    path = write(place / "x.zip", (DESCRIPTOR, descriptor()), (DESCRIPTOR, descriptor()))
    assert refused(path) == f"{path}: {DESCRIPTOR} stands in it twice"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_file_compressed_in_a_rare_way_is_refused(method, place):
    path = write(place / "x.zip", (DESCRIPTOR, descriptor()), compression=method)
    assert refused(path) == f"{path}: {DESCRIPTOR} is neither stored nor deflated"


BOMB = b"0" * 30_000_000


def test_a_bomb_is_refused_before_it_is_unpacked(place):
    path = write(place / "x.zip", (DESCRIPTOR, descriptor()), ("events.csv", BOMB))
    small, large = path.stat().st_size, len(BOMB) + len(descriptor())
    assert refused(path) == f"{path}: unpacks from {small:,} bytes to {large:,}, more than 100 to 1"


def lying(path, truth, lie):
    """State another size, in the directory and before the file."""
    content, (true, false) = path.read_bytes(), (struct.pack("<L", size) for size in (truth, lie))
    assert content.count(true) == 2
    path.write_bytes(content.replace(true, false))
    return path


def test_a_bomb_that_says_it_is_small_is_not_unpacked(place):
    path = write(place / "x.zip", (DESCRIPTOR, descriptor()), ("events.csv", BOMB))
    assert refused(lying(path, len(BOMB), 100)) == (
        f"{path}: events.csv cannot be read: Bad CRC-32 for file 'events.csv'"
    )


def test_a_bomb_that_says_it_is_hardly_compressed_is_refused(place):
    path = write(place / "x.zip", (DESCRIPTOR, descriptor()), ("events.csv", BOMB))
    with zipfile.ZipFile(path) as archive:
        compressed = archive.getinfo("events.csv").compress_size
    assert "more than 100 to 1" in refused(lying(path, compressed, 2**31 - 1))


def test_files_that_share_their_bytes_are_refused(place):
    """Each of the hundred names in the directory unpacks from the same place."""
    path = write(place / "x.zip", ("file-00.csv", BOMB[:1_500_000]))
    content = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        start = archive.start_dir
    end = content.rindex(b"PK\x05\x06")
    record = content[start:end]
    records = [record.replace(b"file-00", f"file-{number:02}".encode()) for number in range(100)]
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 100, 100, 100 * len(record), start, 0)
    path.write_bytes(content[:start] + b"".join(records) + tail)
    assert "to 150,000,000, more than 100 to 1" in refused(path)


def test_a_file_larger_than_allowed_is_refused(place, monkeypatch):
    monkeypatch.setattr(package, "LIMIT", 1000)
    path = write(
        place / "x.zip",
        (DESCRIPTOR, descriptor()),
        ("events.csv", b"x" * 1001),
        compression=zipfile.ZIP_STORED,
    )
    with pytest.raises(BrokenRelease, match=r"events\.csv has 1,001 bytes, more than the 1,000 allowed"):
        opening.open_package(path).content("events")


@pytest.mark.parametrize("length", [0, 1, 100, ZIP.stat().st_size // 2, ZIP.stat().st_size - 1])
def test_a_truncated_zip_is_refused(length, place):
    path = place / "x.zip"
    path.write_bytes(ZIP.read_bytes()[:length])
    assert refused(path).startswith(f"{path}: is no zip that can be read")


def test_an_encrypted_file_is_refused(place):
    path = write(place / "x.zip", (DESCRIPTOR, descriptor()), ("events.csv", "x"))
    content = bytearray(path.read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.rindex(signature) + flags] |= 1
    path.write_bytes(content)
    assert "events.csv" in (told := refused(path)) and "encrypted" in told


def test_a_zip_without_descriptor_is_refused(place):
    path = write(place / "x.zip", ("events.csv", "x"))
    assert refused(path) == f"{path}: {DESCRIPTOR} is missing"


# Descriptors -----------------------------------------------------------------------------------------------


def both(place, text):
    """The same descriptor in a folder and in a zip."""
    (place / DESCRIPTOR).write_text(text)
    return [place, write(place / "x.zip", (DESCRIPTOR, text), compression=zipfile.ZIP_STORED)]


@pytest.mark.parametrize("path", ["../secret.csv", "/etc/passwd", "a/../../secret.csv", "file:///etc/passwd"])
def test_a_descriptor_that_points_outside_is_refused(path, place):
    for where in both(place, descriptor(path)):
        assert refused(where) == f"{where}: the path {path!r} leads outside the package"


@pytest.mark.parametrize("path", ["a\nb", "\x1b[2J", "\0", "\ud800", "\u202evsc.stneve"])
def test_a_descriptor_that_points_at_what_cannot_be_seen_is_refused(path, place):
    for where in both(place, descriptor(path)):
        assert refused(where) == f"{where}: the path {path!r} holds a character that cannot be seen"


def test_a_release_that_does_not_tell_its_changes_is_refused(place):
    text = json.dumps({"version": "1.0.0", "previous": "0.9.0", "resources": []})
    path = write(place / "x.zip", (DESCRIPTOR, text))
    with pytest.raises(BrokenRelease, match=f"{path}: {DESCRIPTOR} describes no 'changes'"):
        timeline.verify(path)


def test_a_link_in_a_folder_that_leads_outside_is_refused(place):
    (place / DESCRIPTOR).write_text(descriptor())
    (place / "events.csv").symlink_to("../secret.csv")
    assert refused(place) == f"{place}: the path 'events.csv' leads outside the package"


def test_a_file_that_never_ends_is_refused(place):
    (place / DESCRIPTOR).write_text(descriptor())
    os.mkfifo(place / "events.csv")
    assert refused(place) == f"{place}: events.csv is no plain file"


def test_a_huge_descriptor_is_refused(place):
    for where in both(place, " " * 17_000_000 + descriptor()):
        assert "17,000,0" in (told := refused(where)) and "more than the 16,777,216 allowed" in told


@pytest.mark.parametrize(
    "text",
    [
        "[" * 1_000_000,
        '{"a":' * 100_000,
        "",
        "[1, 2",
        '{"version": 1e',
        "9" * 5000,
        '"\\ud800',
        "\x00",
    ],
    ids=range(8),
)
def test_a_descriptor_that_is_no_json_is_refused(text, place):
    for where in both(place, text):
        assert f"{where}: {DESCRIPTOR} is not valid JSON" in refused(where)


def test_a_descriptor_that_is_not_utf8_is_refused(place):
    (place / DESCRIPTOR).write_bytes(b'{"resources": "\xff\xfe\xfa"}')
    assert f"{DESCRIPTOR} is not valid JSON" in refused(place)


@pytest.mark.parametrize("text", ["{}", "[]", "null", "7", '{"resources": {}}', '{"resources": "events"}'])
def test_a_descriptor_without_resources_is_refused(text, place):
    for where in both(place, text):
        assert refused(where) == f"{where}: {DESCRIPTOR} lists no resources"


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        ([7], "a resource has no name or no single path"),
        ([{"name": "events"}], "a resource has no name or no single path"),
        ([{"name": "events", "path": ["a.csv", "b.csv"]}], "a resource has no name or no single path"),
        ([{"name": "\ud800", "path": "events.csv"}], "a resource has no name or no single path"),
        ([{"name": "events", "path": "a", "hash": ["b"]}], "the hash of a is no text"),
        ([{"name": "events", "path": ""}], "the path '' leads outside the package"),
        ([{"name": "events", "path": "a"}, {"name": "events", "path": "b"}], "describes 'events' twice"),
    ],
)
def test_a_descriptor_whose_resources_are_unclear_is_refused(resources, message, place):
    for where in both(place, json.dumps({"version": "1.0.0", "resources": resources})):
        assert message in refused(where)


# Addresses -------------------------------------------------------------------------------------------------


class Server(BaseHTTPRequestHandler):
    """Gives what `answers` says: a body, a place to go to, or a stated length and less than that."""

    answers: ClassVar[dict[str, bytes | str | tuple[int, bytes]]] = {}

    def do_GET(self):
        answer = self.answers.get(self.path)
        if answer is None:
            self.send_error(404)
        elif isinstance(answer, str):
            self.send_response(302)
            self.send_header("Location", answer)
            self.end_headers()
        else:
            self.send_response(200)
            if isinstance(answer, tuple):
                length, answer = answer
                self.send_header("Content-Length", str(length))
            self.end_headers()
            with contextlib.suppress(OSError):  # who reads may stop reading
                self.wfile.write(answer)

    def log_message(self, format, *args):
        pass


@pytest.fixture
def serve(place, monkeypatch):
    """A server on this machine whose answers the test gives."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with HTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        root = f"http://127.0.0.1:{server.server_port}"

        def answer(**answers):
            monkeypatch.setattr(Server, "answers", {f"/{name}": each for name, each in answers.items()})
            return root

        yield answer
        server.shutdown()
        thread.join()


def test_a_release_opens_by_address(serve):
    package = timeline.open(ZIP).package
    files = {name: package.read(name, 2**30) for name in package.names}
    root = serve(zip=ZIP.read_bytes(), moved="/zip", **files)
    here = timeline.open("0.9.0")
    for address in (f"{root}/zip", f"{root}/moved"):
        assert timeline.open(address, sha256=index.index()["0.9.0"].sha256) == here
    sha256 = hashlib.sha256(files[DESCRIPTOR]).hexdigest()
    assert timeline.open(f"{root}/{DESCRIPTOR}", sha256=sha256) == here
    assert not list(Path.cwd().iterdir())


def test_another_sha256_is_refused(serve):
    root = serve(zip=ZIP.read_bytes(), **{DESCRIPTOR: descriptor().encode()})
    for address in (f"{root}/zip", f"{root}/{DESCRIPTOR}"):
        assert f"{address}: has the sha256 " in refused(address, sha256="0" * 64)


def test_a_file_at_an_address_that_is_not_as_described_is_refused(serve):
    stated = "sha256:" + "0" * 64
    root = serve(**{DESCRIPTOR: descriptor(hash=stated).encode(), "events.csv": b"x"})
    assert f"{DESCRIPTOR} says {stated}" in refused(f"{root}/{DESCRIPTOR}")


def test_a_descriptor_at_an_address_points_nowhere_else(serve):
    for path in ("../x.csv", "http://127.0.0.1:9/x.csv", "//127.0.0.1:9/x.csv", "file:///etc/passwd"):
        root = serve(**{DESCRIPTOR: descriptor(path).encode()})
        assert f"the path {path!r} leads outside the package" in refused(f"{root}/{DESCRIPTOR}")


def test_what_is_too_large_is_refused(serve, monkeypatch):
    monkeypatch.setattr(opening, "_DOWNLOAD_LIMIT", 2**20)
    root = serve(zip=b"x" * (5 * 2**20))
    assert refused(f"{root}/zip") == f"{root}/zip: is larger than the 1,048,576 bytes allowed"


def test_a_descriptor_at_an_address_that_is_too_large_is_refused(serve, monkeypatch):
    monkeypatch.setattr(opening, "DESCRIPTOR_LIMIT", 1000)
    root = serve(**{DESCRIPTOR: b" " * 1001})
    address = f"{root}/{DESCRIPTOR}"
    assert refused(address) == f"{address}: is larger than the 1,000 bytes allowed"


def test_what_a_server_cuts_off_is_refused(serve):
    root = serve(zip=(ZIP.stat().st_size, ZIP.read_bytes()[:1000]))
    missing = ZIP.stat().st_size - 1000
    assert refused(f"{root}/zip") == f"{root}/zip: ends {missing:,} bytes before its end"


def test_a_server_that_takes_too_long_is_left(serve, monkeypatch):
    monkeypatch.setattr(download, "_LONGEST", -1)
    root = serve(zip=ZIP.read_bytes())
    assert refused(f"{root}/zip") == f"{root}/zip: takes longer than the -1 seconds allowed"


def test_a_server_that_says_nothing_is_left(place, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(download, "_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/zip"
        assert refused(address) == f"{address}: cannot be fetched: timed out"


def test_a_redirect_from_https_to_http_is_refused():
    asked = urllib.request.Request("https://example.org/x.zip")
    with pytest.raises(BrokenRelease, match=r"the server points to http://example\.org/x"):
        download._Redirects().redirect_request(asked, io.BytesIO(), 302, "", {}, "http://example.org/x.zip")


@pytest.mark.parametrize("aim", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:text/plain,x"])
def test_a_redirect_to_what_is_no_web_address_is_refused(aim, serve):
    root = serve(zip=aim)
    assert f"{root}/zip: " in (told := refused(f"{root}/zip")) and aim in told


def test_what_is_not_there_or_no_zip_is_told(serve):
    root = serve(page=b"<!doctype html>", loop="/loop")
    assert refused(f"{root}/zip") == f"{root}/zip: cannot be fetched: Not Found"
    assert refused(f"{root}/page").startswith(f"{root}/page: is no zip that can be read")
    assert "cannot be fetched" in refused(f"{root}/loop")
    assert "cannot be fetched" in refused("http://127.0.0.1:1/x.zip")


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://127.0.0.1/x.zip", "s3://x/y.zip"])
def test_other_addresses_are_refused(address):
    with pytest.raises(BadRequest, match="only http and https addresses are opened"):
        timeline.open(address)


# The command -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["verify"], ["validate"], ["diff", "0.9.0"], ["cite", "--release"]])
def test_the_command_says_it_in_one_line_and_fails(arguments, place):
    path = write(place / "x.zip", ("../secret.csv", "x"))
    program = [sys.executable, "-c", "from timeline.cli import main; main()", *arguments, str(path)]
    done = subprocess.run(program, capture_output=True, text=True, env={"PYTHONPATH": str(ROOT)})
    assert done.returncode == 1 and not done.stdout
    assert done.stderr == f"timeline: {path}: the path '../secret.csv' leads outside the package\n"
    assert [each.name for each in place.iterdir()] == ["x.zip"]

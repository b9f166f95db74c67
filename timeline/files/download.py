"""Fetch one file over http or https: bounded in size, and from nowhere else whatever a server answers."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from typing import IO
from urllib.parse import urlsplit

from timeline.errors import BadRequest, BrokenRelease

_SECONDS = 30
_LONGEST = 600
_MEGABYTE = 2**20


def download(address: str, limit: int) -> bytes:
    """Content at an http(s) address.

    Raises
    ------
    BadRequest
        The address is not one of http or https.
    BrokenRelease
        Nothing can be fetched, it is cut off or larger than ``limit`` bytes, the server is silent for 30
        seconds or not done after ten minutes, or it points to an address that is not http(s), or from https
        to http.
    """
    if urlsplit(address).scheme not in ("http", "https"):
        raise BadRequest(f"{address}: only http and https addresses are opened")
    try:
        with _opener().open(address, timeout=_SECONDS) as answer:
            content: bytes = _read(answer, limit, address)
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(error, urllib.error.HTTPError):
            error.close()
        raise BrokenRelease(f"{address}: cannot be fetched: {' '.join(str(reason).split())}") from None
    return content


def _read(answer: http.client.HTTPResponse, limit: int, address: str) -> bytes:
    parts, size, end = [], 0, time.monotonic() + _LONGEST
    while part := answer.read1(_MEGABYTE):
        parts.append(part)
        size += len(part)
        if size > limit:
            raise BrokenRelease(f"{address}: is larger than the {limit:,} bytes allowed")
        if time.monotonic() > end:
            raise BrokenRelease(f"{address}: takes longer than the {_LONGEST} seconds allowed")
    if answer.length:
        raise BrokenRelease(f"{address}: ends {answer.length:,} bytes before its end")
    return b"".join(parts)


class _Redirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        allowed = ("https",) if req.type == "https" else ("http", "https")
        if urlsplit(newurl).scheme not in allowed:
            fp.close()
            raise BrokenRelease(f"{req.full_url}: the server points to {newurl}, which is not opened")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    """An opener that knows no file:, ftp: or data: addresses."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        _Redirects(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener

"""The registry as a process of its own: bodies that do not come, and two processes side by side."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.services.process import START, started
from tests.services.registry.book import project


def _key(told: str) -> str:
    found = re.search(r"ms_first_\w+", told)
    assert found is not None, told
    return found[0]


def _raw(url: str, key: str, head: str, body: bytes) -> str:
    """The first line of the answer to a request whose body is not sent to its end."""
    place = urlsplit(url)
    with socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=20) as plug:
        lines = f"{head}\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
        plug.sendall(lines.encode() + body)
        return plug.recv(100).decode().partition("\r\n")[0]


def test_a_body_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    settings = {
        "MINSHENG_DATABASE_URL": f"sqlite:///{tmp_path / 'r.db'}",
        "MINSHENG_REGISTRY_BODY_SECONDS": "1",
        "MINSHENG_REGISTRY_MOST_JSON": "2000",
    }
    with started("registry", settings) as (url, told):
        key, post = _key(told), "POST /v1/projects HTTP/1.1"
        began = time.monotonic()
        assert " 408 " in _raw(url, key, post, b"Content-Length: 1000\r\n\r\n{")
        assert " 413 " in _raw(
            url, key, post, b"Transfer-Encoding: chunked\r\n\r\n" + b"1000\r\n" + b"[" * 4096 + b"\r\n"
        )
        assert time.monotonic() - began < 10
        assert httpx.get(f"{url}/metrics").status_code == 200
        afar = {"X-Forwarded-For": "203.0.113.9"}
        assert httpx.get(f"{url}/metrics", headers=afar).status_code == 401
        afar["Authorization"] = f"Bearer {key}"
        assert httpx.get(f"{url}/metrics", headers=afar).status_code == 200


def test_two_processes_keep_one_book(tmp_path: Path) -> None:
    settings = {
        "MINSHENG_DATABASE_URL": f"sqlite:///{tmp_path / 'r.db'}",
        "MINSHENG_REGISTRY_WORKERS": "2",
        "MINSHENG_REGISTRY_TOKEN_SECONDS": "0.5",
    }
    with started("registry", settings) as (url, told):
        token = {"Authorization": f"Bearer {_key(told)}"}

        def send(given: dict[str, Any]) -> httpx.Response:
            return httpx.request(**given, timeout=30)

        def at_once(method: str, path: str, requests: list[dict[str, Any]]) -> list[httpx.Response]:
            whole = [
                {**one, "method": method, "url": url + path, "headers": token | one.get("headers", {})}
                for one in requests
            ]
            with ThreadPoolExecutor(8) as many:
                return list(many.map(send, whole))

        document = project("W-1", divisions=["340102"])
        same = at_once("POST", "/v1/projects", [{"json": document, "headers": {"Idempotency-Key": "k"}}] * 12)
        assert {one.status_code for one in same} == {201}
        assert len({one.content for one in same}) == 1
        edits = [{"json": {"note": f"{number}"}, "headers": {"If-Match": '"1"'}} for number in range(12)]
        assert Counter(one.status_code for one in at_once("PATCH", "/v1/projects/W-1", edits)) == {200: 1, 412: 11}
        others = [{"json": project(f"N{number}", divisions=["340102"])} for number in range(16)]
        assert {one.status_code for one in at_once("POST", "/v1/projects", others)} == {201}
        changes = httpx.get(f"{url}/v1/changes", headers=token).json()
        assert [one["number"] for one in changes["changes"]] == list(range(1, 19))
        asked = {"label": "统计局", "scopes": ["projects:read"], "divisions": ["*"]}
        made = httpx.post(f"{url}/v1/keys", json=asked, headers=token).json()
        reader = {"Authorization": f"Bearer {made['token']}"}
        known = {httpx.get(f"{url}/v1/projects/W-1", headers=reader).status_code for _ in range(8)}
        assert known == {200}
        httpx.post(f"{url}/v1/keys/{made['key']['id']}/revoke", headers=token)
        time.sleep(0.6)
        gone = {httpx.get(f"{url}/v1/projects/W-1", headers=reader).status_code for _ in range(8)}
        assert gone == {401}


def test_without_a_key_only_this_machine_reaches_it(tmp_path: Path) -> None:
    settings = {"MINSHENG_DATABASE_URL": f"sqlite:///{tmp_path / 'r.db'}", "MINSHENG_LANG": "en"}
    command = [sys.executable, "-c", START, "serve", "registry", "--host", "0.0.0.0", "--port", "0"]  # refused
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | settings)
    assert done.returncode == 2
    assert "no key yet" in done.stderr
    with started("registry", settings) as (url, told):
        assert urlsplit(url).hostname == "127.0.0.1"
        assert len(re.findall(r"ms_first_\w{43}", told)) == 1
    with started("registry", settings) as (_, told):
        assert "ms_first_" not in told, "it is shown once"

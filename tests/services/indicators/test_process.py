"""The service as a process: over a real socket, by a real client."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from libminsheng import new_pack
from tests.services.process import running


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A service with little patience."""
    patience = {"MINSHENG_INDICATORS_BODY_SECONDS": "0.3", "MINSHENG_INDICATORS_HEADER_SECONDS": "0.3"}
    with running(settings=patience) as url:
        yield url


def talk(url: str, text: str) -> str:
    """Send this and no more, and give what comes back until the other side hangs up."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as line:
        line.sendall(text.encode())
        parts = []
        while part := line.recv(65_536):
            parts.append(part)
    return b"".join(parts).decode()


def test_it_answers(url: str, yaohai: Path) -> None:
    with httpx.Client(base_url=url) as client:
        assert client.get("/health/ready").json()["status"] == "ready"
        asked = {"indicator": "newborn_screening_rate", "division": "340102"}
        answer = client.post(
            "/v1/calculations", params=asked, content=yaohai.read_bytes(), headers={"Content-Type": "text/csv"}
        )
        assert answer.json()["figures"][0]["value"] == "99.61"
        head = client.head("/v1/packs")
        assert int(head.headers["Content-Length"]) == len(client.get("/v1/packs").content)
        assert "server" not in head.headers


def test_packs_of_the_environment_belong_to_the_catalogue(tmp_path: Path) -> None:
    new_pack(tmp_path / "my_pack")
    with running(settings={"MINSHENG_PACKS": str(tmp_path / "my_pack")}) as url:
        assert httpx.get(f"{url}/v1/indicators", params={"pack": "my_pack"}).json()["total"] == 1


def test_only_this_machine_reaches_it(url: str) -> None:
    assert urlsplit(url).hostname == "127.0.0.1"


def test_a_body_that_does_not_come_is_not_waited_for(url: str) -> None:
    head = "POST /v1/calculations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 100\r\n\r\ndivision"
    answer = talk(url, head)
    assert answer.startswith("HTTP/1.1 408")
    assert '"retry": true' in answer


@pytest.mark.parametrize("text", ["", "GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_a_request_that_does_not_come_is_hung_up_on(url: str, text: str) -> None:
    assert talk(url, text) == ""


def test_too_much_is_refused_before_it_is_sent(url: str) -> None:
    head = "POST /v1/calculations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 99999999999\r\n"
    assert talk(url, head + "Connection: close\r\n\r\n").startswith("HTTP/1.1 413")


def test_a_port_that_is_taken_is_refused_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        start = "import sys; from libminsheng.cli import main; sys.exit(main())"
        command = [sys.executable, "-c", start, "serve", "indicators", "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_without_the_extra_the_command_says_what_to_install() -> None:
    start = (
        "import sys; sys.modules['litestar'] = None; sys.modules['uvicorn'] = None; sys.modules['h11'] = None; "
        "from libminsheng.cli import main; sys.exit(main())"
    )
    command = [sys.executable, "-c", start, "serve", "indicators"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert 'pip install "libminsheng[services]"' in done.stderr

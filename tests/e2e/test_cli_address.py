"""The command line and the address that it was given: TLS with an authority of one's own, and what stands there instead of a server."""

import pathlib
import urllib.parse

import pytest

from support.tls import TlsFront, make_authority

pytestmark = pytest.mark.one_database


@pytest.fixture
def authority(folder) -> pathlib.Path:
    return make_authority(folder)


@pytest.fixture
def front(server, folder, authority):
    address = urllib.parse.urlsplit(server.url)
    front = TlsFront(folder / "server.pem", address.hostname, address.port)
    yield front
    front.close()


def test_a_certificate_authority_of_ones_own(server, front, authority):
    job = server.submit("true")
    by_option = server.cli("job", "list", "--server", front.url, "--ca-file", authority)
    assert by_option.returncode == 0, by_option
    assert job[:8].encode() in by_option.stdout
    by_variable = server.cli("job", "show", job, OPEN_CICD_SERVER=front.url, OPEN_CICD_CA_FILE=str(authority))
    assert by_variable.returncode == 0, by_variable


def test_a_certificate_that_nobody_vouches_for_gets_no_token(server, front, authority):
    result = server.cli("job", "list", "--server", front.url)
    assert result.returncode == 69, result
    assert b"--ca-file" in result.stderr, result.stderr


def test_a_certificate_for_another_name(server, folder):
    other = folder / "other"
    other.mkdir()
    authority = make_authority(other, "DNS:elsewhere.example.org")
    address = urllib.parse.urlsplit(server.url)
    front = TlsFront(other / "server.pem", address.hostname, address.port)
    try:
        result = server.cli("job", "list", "--server", front.url, "--ca-file", authority)
    finally:
        front.close()
    assert result.returncode == 69, result
    assert b"is for another name" in result.stderr, result.stderr


def test_tls_and_plain_http_the_wrong_way_round(server, front, authority):
    plain_to_tls = server.cli("job", "list", "--server", front.url.replace("https://", "http://"))
    assert plain_to_tls.returncode == 69, plain_to_tls
    assert b"https://127.0.0.1" in plain_to_tls.stderr or b"no HTTP answer" in plain_to_tls.stderr, plain_to_tls.stderr
    tls_to_plain = server.cli("job", "list", "--server", server.url.replace("http://", "https://"))
    assert tls_to_plain.returncode == 69, tls_to_plain
    assert b"use http://" in tls_to_plain.stderr, tls_to_plain.stderr

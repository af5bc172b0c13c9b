"""`wss://`: a server whose certificate is trusted is a server like any other; every other certificate is one line."""

import shutil
import ssl
import subprocess

import numpy as np
import pytest
from fault_server import CHUNK, answering, fault_server, good
from refusals import refusal
from test_remote_faults import PATIENT, batch, connected

from policies.errors import PolicyError
from policies.remote.options import API_KEY
from policies.remote.wire.link import TRUSTED

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl to make a certificate with")


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """A folder with an authority's certificate `ca.pem` and a server's for localhost that it signed."""
    place = tmp_path_factory.mktemp("certificates")
    new = ("-newkey", "rsa:2048", "-nodes", "-subj")
    openssl(
        "req",
        "-x509",
        *new,
        "/CN=test authority",
        "-keyout",
        place / "ca.key",
        "-out",
        place / "ca.pem",
        "-days",
        2,
    )
    openssl("req", *new, "/CN=localhost", "-keyout", place / "server.key", "-out", place / "server.csr")
    (place / "names").write_text("subjectAltName=DNS:localhost\n")
    signed = ("-CA", place / "ca.pem", "-CAkey", place / "ca.key", "-CAcreateserial", "-days", 2)
    openssl(
        "x509",
        "-req",
        "-in",
        place / "server.csr",
        *signed,
        "-extfile",
        place / "names",
        "-out",
        place / "server.pem",
    )
    return place


@pytest.fixture
def secure(certificates, monkeypatch):
    """The address, by the name in its certificate, of a good openpi server with TLS."""
    monkeypatch.delenv(TRUSTED, raising=False)
    monkeypatch.delenv(API_KEY, raising=False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    with fault_server(answering(good()), ssl=context) as url:
        yield url.replace("ws://127.0.0.1", "wss://localhost")


def test_a_server_whose_certificate_is_trusted_plays(secure, certificates, monkeypatch):
    monkeypatch.setenv(TRUSTED, str(certificates / "ca.pem"))
    policy = connected(secure)
    assert policy.name == secure and policy.name.startswith("wss://")
    for episode in (1, 2):  # each has a connection of its own
        assert np.array_equal(policy.predict(batch(0, ("click_bell", episode))), CHUNK[None])
    policy.close()


def test_a_certificate_of_nobody_known_is_refused_and_no_key_is_shown(secure, certificates, monkeypatch):
    monkeypatch.setenv(API_KEY, "sesame")
    said = refusal(PolicyError, connected, secure, PATIENT)
    assert "its certificate is not trusted here" in said and TRUSTED in said and "sesame" not in said
    monkeypatch.setenv(TRUSTED, str(certificates / "missing.pem"))
    assert "missing.pem, which is no file" in refusal(PolicyError, connected, secure, PATIENT)


def test_a_certificate_of_another_host_is_refused(secure, certificates, monkeypatch):
    monkeypatch.setenv(TRUSTED, str(certificates / "ca.pem"))
    assert "its certificate is another host's" in refusal(
        PolicyError, connected, secure.replace("localhost", "127.0.0.1"), PATIENT
    )


def test_a_plain_address_of_a_server_with_tls_is_told_of_wss(secure):
    assert "use wss://" in refusal(PolicyError, connected, secure.replace("wss://", "ws://"), PATIENT)

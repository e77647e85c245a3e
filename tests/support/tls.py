"""A TLS server before a TCP port of this machine, with a certificate of a certificate authority of its own: what a proxy does for a server."""

import pathlib
import socket
import ssl
import subprocess

from support.relay import close, join, serve_each


def make_authority(folder: pathlib.Path, name: str = "IP:127.0.0.1") -> pathlib.Path:
    """ca.pem is the authority's certificate, server.pem the server's with its key; returns the first."""

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test authority")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=server")
    (folder / "names").write_text(f"subjectAltName={name}\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "server.crt", "-days", "2",
            "-extfile", "names")
    (folder / "server.pem").write_text((folder / "server.crt").read_text() + (folder / "server.key").read_text())
    return folder / "ca.pem"


class TlsFront:
    """Until close()."""

    def __init__(self, certificate: pathlib.Path, host: str, port: int):
        self.target = (host, port)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self.listener.getsockname()[1]}"
        serve_each(self.listener, self._serve)

    def close(self) -> None:
        close(self.listener)

    def _serve(self, raw: socket.socket) -> None:
        try:
            near = self.context.wrap_socket(raw, server_side=True)
        except OSError:  # who distrusts the certificate, or speaks no TLS
            raw.close()
            return
        with near:
            join(near, self.target)

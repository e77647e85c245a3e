"""A real HTTP proxy (tinyproxy), TLS in front of a server, and an address of this machine that is not loopback."""

import shutil
import socket
import ssl
import subprocess
import threading

import pytest
from support.ports import free_port
from support.process import Program
from support.wait import wait_until


def own_address():
    """Loopback is never reached by a proxy, and never cloned from by the docker executor."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("203.0.113.1", 9))
        except OSError:
            pytest.skip("this machine has no address but loopback")
        return probe.getsockname()[0]


class Tinyproxy:
    def __init__(self, folder, mark, login=None):
        if not shutil.which("tinyproxy"):
            pytest.skip("there is no tinyproxy: run dev/install test")
        self.port = free_port()
        self.url = f"http://{login + '@' if login else ''}127.0.0.1:{self.port}"
        self.log = folder / "tinyproxy.requests"
        config = folder / "tinyproxy.conf"
        lines = [f"Port {self.port}", "Listen 127.0.0.1", "Timeout 600", "LogLevel Connect", f'LogFile "{self.log}"']
        if login:
            lines.append("BasicAuth " + login.replace(":", " "))
        config.write_text("\n".join(lines) + "\n")
        self.program = Program(["tinyproxy", "-d", "-c", config], folder / "tinyproxy.log", mark)

    def __enter__(self):
        self.program.start()
        wait_until("the proxy to listen", self._listens)
        return self

    def _listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def __exit__(self, *_):
        self.program.end()

    def requests(self):
        """The lines "CONNECT host:port HTTP/1.1" and "GET http://… HTTP/1.1" of its log."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line.split("): ", 1)[1] for line in lines if "Request (" in line]


class Tls:
    """Serves https at `host` and passes the bytes on to a port of 127.0.0.1."""

    def __init__(self, folder, host, port):
        self.ca_file, key = folder / "ca.pem", folder / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test", "-addext",
                        f"subjectAltName=IP:{host}", "-keyout", key, "-out", self.ca_file], check=True, capture_output=True)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.ca_file, key)
        self._target = port
        self._listener = socket.create_server((host, 0))
        self.url = f"https://{host}:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            secure = self._context.wrap_socket(client, server_side=True)
            server = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            return client.close()
        threading.Thread(target=self._pump, args=(server, secure), daemon=True).start()
        self._pump(secure, server)

    @staticmethod
    def _pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            sink.close()

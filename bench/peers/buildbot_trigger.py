"""Sends Buildbot a change over one kept connection for each line on standard input, the name of the builder; answers "ok" to each. Runs under the
system's Python, where Debian's Twisted is. buildbot_trigger.py PORT"""

import itertools
import sys

from twisted.cred.credentials import UsernamePassword
from twisted.internet import reactor, stdio
from twisted.protocols.basic import LineReceiver
from twisted.spread import pb


class Commands(LineReceiver):
    delimiter = b"\n"

    def __init__(self, master):
        self.master = master
        self.revisions = itertools.count()

    def connectionMade(self):  # noqa: N802: Twisted's name
        self.sendLine(b"ok")

    def lineReceived(self, line):  # noqa: N802
        change = {"project": line.decode(), "repository": "", "branch": None, "revision": str(next(self.revisions)), "who": "bench", "comments": "",
                  "files": [], "codebase": None, "category": None, "when": None, "properties": {}, "revlink": "", "src": None}
        sent = self.master.callRemote("addChange", change)
        sent.addCallbacks(lambda _: self.sendLine(b"ok"), lambda failure: (failure.printTraceback(), reactor.stop()))

    def connectionLost(self, reason=None):  # noqa: N802
        reactor.stop()


def main() -> None:
    factory = pb.PBClientFactory()
    reactor.connectTCP("127.0.0.1", int(sys.argv[1]), factory)
    login = factory.login(UsernamePassword(b"change", b"secret"))
    login.addCallbacks(lambda master: stdio.StandardIO(Commands(master)), lambda failure: (failure.printTraceback(), reactor.stop()))
    reactor.run()


main()

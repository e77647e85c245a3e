"""The database adapters beside the C APIs: db_bench on a new SQLite file and on a PostgreSQL cluster of its own that flushes."""

import subprocess
import tempfile

from harness import PROGRAMS, pick

from support.postgres import Postgres

SIZE = pick([], ["small"])

with tempfile.TemporaryDirectory(prefix="open-cicd-bench-") as folder:
    subprocess.run([PROGRAMS / "db_bench", "sqlite", folder, *SIZE], check=True)
cluster = Postgres(durable=True).start()
try:
    subprocess.run([PROGRAMS / "db_bench", "postgres", cluster.new_database("bench"), *SIZE], check=True)
finally:
    cluster.stop()

"""The connector with another manifest: ``python -m bench.connector METADATA``."""

import sys
from pathlib import Path

from app.__main__ import create_worker, listen, serve
from app.settings import load_settings

if __name__ == "__main__":
    settings = load_settings()
    serve(create_worker(Path(sys.argv[1])), settings, listen(settings.host, settings.port))

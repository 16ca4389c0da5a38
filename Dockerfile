FROM python:3.13-slim AS build
WORKDIR /srv
RUN python -m venv .venv
COPY requirements.txt ./
RUN .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement requirements.txt \
    && .venv/bin/python -m pip uninstall --yes pip

FROM python:3.13-slim
WORKDIR /srv
RUN useradd --system --uid 10001 --no-create-home connector && install -d -o connector data
COPY --from=build /srv/.venv .venv
COPY app app
COPY metadata metadata
RUN .venv/bin/python -m compileall -q app
ENV HOST=0.0.0.0 PORT=8080 LOG_FORMAT=json PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER connector
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --start-interval=1s \
    CMD [".venv/bin/python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/healthz\", timeout=2)"]
CMD [".venv/bin/python", "-m", "app"]

# The bot's image; docs/run-in-a-department.md says how to run it.
#
# The tag moves with the security fixes of Debian and Python. To build on one certain image, name it by its digest:
#   docker build --build-arg PYTHON_IMAGE=python:3.13-slim-trixie@sha256:… .
ARG PYTHON_IMAGE=python:3.13-slim-trixie

FROM ${PYTHON_IMAGE} AS build
WORKDIR /build
COPY requirements-build.lock requirements.lock ./
RUN python -m venv tools \
    && tools/bin/pip install --quiet --no-cache-dir --require-hashes --requirement requirements-build.lock \
    && tools/bin/uv venv --quiet --python "$(command -v python)" /opt/briefing-bot \
    && tools/bin/uv pip install --quiet --no-cache --compile-bytecode --python /opt/briefing-bot/bin/python \
        --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE app.py app.yaml ./
COPY docs/content-faults.md docs/
COPY bot bot/
COPY handlers handlers/
COPY workspace workspace/
COPY cli cli/
COPY briefings briefings/
RUN tools/bin/hatchling build --target wheel \
    && tools/bin/uv pip install --quiet --no-cache --compile-bytecode --python /opt/briefing-bot/bin/python \
        --no-deps dist/*.whl

FROM ${PYTHON_IMAGE}
# git reads CONTENT_GIT_URL. pip goes: nothing is installed in a container that runs.
# hadolint ignore=DL3008 # Debian keeps one version of a package: a pinned one cannot be installed next month
RUN apt-get update \
    && apt-get install --yes --quiet=2 --no-install-recommends ca-certificates git \
    && rm -rf /var/lib/apt/lists/* /usr/local/lib/python3.13/site-packages/pip* /usr/local/lib/python3.13/ensurepip \
        /usr/local/bin/pip* \
    && groupadd --gid 10001 briefing-bot \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin briefing-bot \
    && install --directory --owner=10001 --group=10001 --mode=0700 /data
COPY --from=build /opt/briefing-bot /opt/briefing-bot

# /data is the only place that is written to: the SQLite database, the clone of CONTENT_GIT_URL, temporary files.
ENV PATH=/opt/briefing-bot/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    TMPDIR=/data \
    DATA_DIR=/data \
    HOST=0.0.0.0 \
    ADMIN_HOST=127.0.0.1 \
    ADMIN_PORT=9464
WORKDIR /data
VOLUME /data
# Slack's requests, where the bot speaks HTTP; the operators' port (health and metrics).
EXPOSE 3000 9464
USER 10001:10001
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['ADMIN_PORT'] + '/readyz', timeout=4)"]
ENTRYPOINT ["briefing-bot"]
CMD ["run", "--wait-for-database", "60"]

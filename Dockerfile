# Salesgate in a container; how to run it: docs/how-to/deploy.md
#   docker build -t salesgate .
#   docker build -t salesgate --target sql-server --build-arg ACCEPT_EULA=Y .   # with Microsoft's driver, see below
ARG PYTHON=python:3.11-slim-bookworm

# What the program needs, by hash and ready-made: nothing is compiled, here or later.
FROM ${PYTHON} AS build
WORKDIR /build
COPY requirements.txt ./
RUN python -m venv /opt/salesgate \
 && /opt/salesgate/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: \
        -r requirements.txt \
 && /opt/salesgate/bin/pip uninstall --yes --disable-pip-version-check pip
COPY app.py gunicorn.conf.py settings.toml /srv/salesgate/
COPY assets /srv/salesgate/assets
COPY dashboard /srv/salesgate/dashboard
COPY pages /srv/salesgate/pages
# The tree is read-only later, so this is the time to compile it.
RUN /opt/salesgate/bin/python -m compileall -q /srv/salesgate

FROM ${PYTHON} AS base
LABEL org.opencontainers.image.title="Salesgate" \
      org.opencontainers.image.description="Role-gated sales analytics on your own server"
ENV PATH=/opt/salesgate/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    HOST=0.0.0.0 \
    PORT=8050 \
    SALESGATE_LOG_FORMAT=json \
    SALESGATE_VAR=/var/lib/salesgate
# The only folder that is written to. A number for the user: an orchestrator can see that it is not root.
RUN install -d -m 0700 -o 10001 -g 10001 /var/lib/salesgate
COPY --from=build /opt/salesgate /opt/salesgate
COPY --from=build /srv/salesgate /srv/salesgate
WORKDIR /srv/salesgate
VOLUME /var/lib/salesgate
EXPOSE 8050
HEALTHCHECK --interval=15s --timeout=5s --start-period=90s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as web; web.build_opener(web.ProxyHandler({})).open('http://127.0.0.1:' + os.environ['PORT'] + '/health', timeout=4)"]
CMD ["gunicorn", "--config", "gunicorn.conf.py"]

# For sources in SQL Server: Microsoft's ODBC driver, whose licence allows no passing on. So it is in no image of ours;
# whoever builds this stage accepts the licence by ACCEPT_EULA=Y, and keeps the image to themselves.
FROM base AS sql-server
ARG ACCEPT_EULA=
ADD https://packages.microsoft.com/keys/microsoft.asc /usr/share/keyrings/microsoft.asc
# hadolint ignore=DL3008
RUN test "$ACCEPT_EULA" = Y \
 && chmod 0644 /usr/share/keyrings/microsoft.asc \
 && echo "deb [signed-by=/usr/share/keyrings/microsoft.asc] https://packages.microsoft.com/debian/12/prod bookworm main" \
        > /etc/apt/sources.list.d/microsoft.list \
 && apt-get update \
 && ACCEPT_EULA=Y apt-get install -y --no-install-recommends msodbcsql18 \
 && rm -rf /var/lib/apt/lists/*
USER 10001:10001

FROM base AS salesgate
USER 10001:10001

# syntax=docker/dockerfile:1

# GraphiQL's assets from npm packages, so that the page works offline.
FROM node:22-slim AS graphiql
WORKDIR /build/web/graphiql
COPY web/graphiql/package.json web/graphiql/package-lock.json ./
RUN npm ci --no-audit --no-fund --ignore-scripts
COPY web/graphiql/ ./
COPY web/compress.mjs ../
RUN node assemble.mjs && node ../compress.mjs dist

# The console and the demo application; their types come from the printed schema.
FROM node:22-slim AS web
WORKDIR /build/web
COPY web/package.json web/package-lock.json web/.npmrc ./
COPY web/packages/client/package.json packages/client/
COPY web/packages/interface/package.json packages/interface/
COPY web/console/package.json console/
COPY web/demo/package.json demo/
RUN npm ci --no-audit --no-fund
COPY schema/schema.graphql ../schema/
COPY web/ ./
RUN npm run generate && npm run build

# The exact versions and hashes of the lock; the project itself is linked, as in a checkout: path equals import.
FROM python:3.11-slim AS engine
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /srv/attune
RUN python -m venv /opt/attune
COPY requirements/runtime.lock requirements/
RUN /opt/attune/bin/pip install --require-hashes -r requirements/runtime.lock
COPY LICENSE README.md pyproject.toml ./
COPY domain/ domain/
COPY persistence/ persistence/
COPY prediction/ prediction/
COPY migrations/ migrations/
COPY resolvers/ resolvers/
COPY schema/ schema/
COPY transport/ transport/
COPY app/ app/
RUN /opt/attune/bin/pip install --no-deps --editable .
COPY --from=graphiql /build/web/graphiql/dist web/graphiql/dist
COPY --from=web /build/web/console/dist web/console/dist
COPY --from=web /build/web/demo/dist web/demo/dist

FROM python:3.11-slim
ENV PATH=/opt/attune/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    ATTUNE_HOST=0.0.0.0 ATTUNE_DATA_DIR=/tmp/attune
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin attune
WORKDIR /srv/attune
COPY --from=engine /opt/attune /opt/attune
COPY --from=engine /srv/attune /srv/attune
USER attune
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/live', timeout=3)"]
ENTRYPOINT ["attune"]
CMD ["serve", "--no-embedded"]

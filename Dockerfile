# One image for web, live, relay and worker; docker-compose.yml says which of them a container is.

FROM node:22-bookworm-slim AS browser
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=optional

FROM python:3.11-slim-bookworm AS packages
COPY requirements.txt /
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /requirements.txt

FROM python:3.11-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation2 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --no-create-home --home-dir /tmp app \
 && install -d -o app -g app -m 0700 /data

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    XDG_CACHE_HOME=/tmp/cache \
    DATA_DIR=/data \
    STATIC_ROOT=/app/staticfiles \
    DEBUG=0 \
    DEMO=0

WORKDIR /app
COPY --from=packages /opt/venv /opt/venv
COPY . .
COPY --from=browser /src/node_modules ./node_modules
# The settings want a key; the one of the build opens nothing and stays in this layer's environment only.
RUN python scripts/copy_vendor.py --no-npm \
 && rm -rf node_modules \
 && DATA_DIR=/tmp/build SECRET_KEY=only-for-collecting-static-files-while-building-the-image-0000 \
      python manage.py collectstatic --noinput --verbosity 0 \
 && rm -rf /tmp/build

USER app
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "council.wsgi:application", "--bind", "0.0.0.0:8000"]

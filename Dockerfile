# The bridge. The Worker is deployed to Cloudflare, see docs/going-live.md. Build: docker build -t kefu-edge .
# With ffmpeg, which reading voice and video needs (about 400 MB more): docker build --build-arg FFMPEG=yes -t kefu-edge .

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package needs its install script here; the one of `node` would bring a second Node.
RUN npm ci --omit=dev --ignore-scripts
COPY .ci/prune-modules .ci/prune-modules
RUN .ci/prune-modules node_modules
COPY bridge bridge
COPY shared shared
# Compiled once, here: a start takes less time and 25 MB less. Without settings it ends after loading, which is all that is wanted.
RUN NODE_COMPILE_CACHE=/app/.cache node --max-semi-space-size=2 --max-old-space-size=256 bridge/main.ts > /dev/null 2>&1; test -d .cache

FROM debian:bookworm-slim
ARG FFMPEG=no
# Certificates of Debian are for what node's own list lacks, such as a company's proxy: NODE_OPTIONS=--use-openssl-ca.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates libstdc++6 \
  && if [ "$FFMPEG" = yes ]; then apt-get install --yes --no-install-recommends ffmpeg; fi \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --uid 10001 --user-group --home-dir /data --shell /usr/sbin/nologin kefu \
  && install --directory --owner kefu --group kefu --mode 0700 /data
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build /app /app
COPY LICENSE /app/LICENSE
RUN printf '#!/bin/sh\nexec node /app/bridge/cli/main.ts "$@"\n' > /usr/local/bin/kefu && chmod 0755 /usr/local/bin/kefu

WORKDIR /app
USER kefu
# Two arenas: as many as there are threads hold back 8 MB that are free.
ENV NODE_ENV=production NODE_COMPILE_CACHE=/app/.cache MALLOC_ARENA_MAX=2 DATA_DIR=/data PORT=8788
VOLUME /data
EXPOSE 8788
# SIGTERM drains: what is being answered is answered, within ten seconds.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=2", "--max-old-space-size=256", "bridge/main.ts"]

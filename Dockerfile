# syntax=docker/dockerfile:1
# One image for every service; the command chooses which: `node services/collector/dist/main.js`, ...
ARG NODE_IMAGE=node:20-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /opsloop
COPY . .
RUN npm ci --no-audit --no-fund --no-update-notifier
RUN npm run build
RUN npm prune --omit=dev --no-audit --no-fund --no-update-notifier
# What runs is left: no sources, no tests, no rooms that only drive the product from outside.
RUN rm -rf e2e bench faults checks deploy/native deploy/checks services/console/public services/console/fake-api services/console/dist/fake-api services/console/dist/types \
 && find libs services cli -name node_modules -prune -o -type d -name src -prune -exec rm -rf {} + \
 && find libs services cli -name node_modules -prune -o -type f \( -name '*.test.*' -o -name '*.d.ts' -o -name '*.map' -o -name 'tsconfig*' -o -name '*.tsbuildinfo' \) -exec rm -f {} + \
 && find node_modules -xtype l -delete

FROM ${NODE_IMAGE}
ENV NODE_ENV=production \
    OPSLOOP_HTTP_HOST=0.0.0.0 \
    OPSLOOP_HTTP_PORT=8080 \
    OPSLOOP_DATA_DIR=/data \
    UV_THREADPOOL_SIZE=8
WORKDIR /opsloop
COPY --from=build /opsloop/package.json ./
COPY --from=build /opsloop/node_modules ./node_modules
COPY --from=build /opsloop/libs ./libs
COPY --from=build /opsloop/services ./services
COPY --from=build /opsloop/cli ./cli
COPY deploy/image/check-ready.mjs ./
# The embedded engines of all-in-one write here, and nothing else writes anywhere.
RUN mkdir /data && chown 1000:1000 /data
VOLUME /data
# A number, so that Kubernetes can see that it is not root.
USER 1000:1000
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s --retries=3 CMD ["node", "check-ready.mjs"]
CMD ["node", "services/all-in-one/dist/main.js"]

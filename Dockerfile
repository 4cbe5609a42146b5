# The image that operators run: compiled JavaScript, production packages and Node, nothing that can install or compile. It holds no secret and no setting of a company.
# Every base comes from this one pin. Tighten it to a digest with --build-arg NODE_IMAGE=node:24.21.0-bookworm-slim@sha256:<digest>.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS toolchain
RUN npm install --global pnpm@10.34.9
WORKDIR /app
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./

# Install scripts stay off: nothing that the compiler or the server needs has one (the package "node" does, and the image brings its own Node).
FROM toolchain AS compiled
RUN pnpm install --frozen-lockfile --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN pnpm run build && find dist -name '*.map' -delete

# Without development, optional and peer packages: the embedded Postgres of the demo and RocksDB stay out. Nor is anything read at run time of
# TypeScript, source maps, manuals, and the packages' own tests; their licences stay.
FROM toolchain AS packages
RUN pnpm install --frozen-lockfile --prod --no-optional --ignore-scripts \
  && find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.cts' -o -name '*.mts' -o -name '*.md' \) ! -iname 'licen[cs]e*' -delete \
  && find node_modules -regextype posix-extended -type d -regex '.*/node_modules/(@[^/]+/)?[^/@.][^/]*/(tests?|benchmarks?|examples|docs)' -prune -exec rm -r {} +

# The base without its package managers and without setuid programs. It is flattened below, because deleting in a later layer frees nothing.
FROM ${NODE_IMAGE} AS base
RUN rm -rf /usr/local/lib/node_modules /usr/local/include /usr/local/share/man /opt/yarn* \
    /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg \
  && find / -xdev -type f -perm /6000 -exec chmod ug-s {} +

FROM scratch
COPY --from=base / /
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=packages /app/node_modules ./node_modules
COPY sql ./sql
COPY --from=compiled /app/dist ./dist
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    NODE_ENV=production \
    HOME=/tmp \
    XDG_STATE_HOME=/var/lib \
    HOST=0.0.0.0 \
    PORT=8080
# The state of sign-in, where a volume is mounted: a new volume takes owner and mode from here. It is no VOLUME, which would leave an unnamed
# one behind each container, and lose it at the next deploy: without a volume the root is read-only, and sign-in says that it cannot write.
RUN install -d -m 700 -o 10001 -g 10001 /var/lib/pg-analytics-mcp
# A number, so that an orchestrator can prove "not root" without reading /etc/passwd. Nothing else in the image belongs to this user.
USER 10001:10001
EXPOSE 8080
# The server itself handles SIGTERM (it drains) and has no child processes, so it may be process 1.
STOPSIGNAL SIGTERM
# A container that is to be replaced gets the file /tmp/leaving: it calls itself unhealthy, so that it is sent nothing new, and goes on answering.
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "if (fs.existsSync('/tmp/leaving')) process.exit(1); http.get({ host: '127.0.0.1', port: process.env.PORT, path: '/healthz' }, (answer) => process.exit(answer.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
ENTRYPOINT ["node", "dist/cli/main.js"]
CMD ["serve"]
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="pg-analytics-mcp" \
      org.opencontainers.image.description="Read-only Postgres analytics over MCP" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

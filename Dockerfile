# The dashboard alone; brokers come by RABBITMQ_URL, REDIS_URL and KAFKA_BROKERS (see docker-compose.yml).
FROM node:22-slim AS manifest
WORKDIR /app
COPY package.json package-lock.json .npmrc ./

# What the pages are built with, and the pages.
FROM manifest AS pages
ENV NEXT_TELEMETRY_DISABLED=1
RUN npm ci
COPY . .
# Its path, if any, is built into the pages: docker build --build-arg BASE_URL=https://hall.example/switchboard
ARG BASE_URL=
RUN npm run build && rm -r .next/cache

# What the server runs on, and nothing else.
FROM manifest AS packages
RUN npm ci --omit=dev
COPY docker/prune-packages.mjs ./
RUN node prune-packages.mjs node_modules

FROM node:22-slim
ARG BASE_URL=
ENV NODE_ENV=production NEXT_TELEMETRY_DISABLED=1 HOST=0.0.0.0 PORT=3000 BASE_URL=$BASE_URL
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY --from=pages --chown=node:node /app/.next ./.next
COPY package.json tsconfig.json next.config.js server.ts ./
COPY public ./public
COPY server ./server
COPY lib ./lib
COPY lessons ./lessons
COPY docker/health.mjs ./docker/
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
  CMD ["node", "docker/health.mjs"]
CMD ["node", "--max-semi-space-size=32", "--import", "tsx", "server.ts", "--no-install"]

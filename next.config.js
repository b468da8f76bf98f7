import { parseBaseUrls } from './lib/util/base-path.mjs'

/** @returns {import('next').NextConfig} */
export default function nextConfig() {
  const { basePath } = parseBaseUrls(process.env.BASE_URL)
  return {
    reactStrictMode: true,
    poweredByHeader: false,
    basePath,
    // What pages read through lib/util/page-address.ts.
    env: { SWITCHBOARD_BASE_PATH: basePath },
    // The dashboard is served by server.ts; there is no image optimiser and nothing to compress twice.
    images: { unoptimized: true },
    // Broker clients are reached through lib/runtime.ts only; they must never be bundled into a page.
    serverExternalPackages: ['amqplib', 'ioredis', 'kafkajs', 'pino', 'prom-client', 'socket.io'],
    typescript: { ignoreBuildErrors: true },
  }
}

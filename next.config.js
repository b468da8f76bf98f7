/** @type {import('next').NextConfig} */
export default {
  reactStrictMode: true,
  poweredByHeader: false,
  // The dashboard is served by server.ts; there is no image optimiser and nothing to compress twice.
  images: { unoptimized: true },
  // Broker clients are reached through lib/runtime.ts only; they must never be bundled into a page.
  serverExternalPackages: ['amqplib', 'ioredis', 'kafkajs', 'pino', 'prom-client', 'socket.io'],
  typescript: { ignoreBuildErrors: true },
}

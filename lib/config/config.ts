import { z } from 'zod'

/**
 * The environment, parsed once. `loadConfig` throws one error that lists every fault at once; nothing else in the
 * project reads `process.env`.
 */
const envSchema = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000).describe('Port of the dashboard'),
  HOST: z.string().default('127.0.0.1').describe('Address the dashboard listens on'),
  RABBITMQ_URL: z
    .url({ protocol: /^amqps?$/ })
    .optional()
    .describe('A RabbitMQ that already runs'),
  RABBITMQ_MANAGEMENT_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("Its management API; RABBITMQ_URL's host and credentials with port 15672 when absent"),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .optional()
    .describe('A Redis that already runs'),
  KAFKA_BROKERS: z
    .string()
    .regex(/^[^\s,:]+:\d+(,[^\s,:]+:\d+)*$/, 'host:port, several with commas')
    .optional()
    .describe('Kafka brokers that already run'),
  BASE_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('The address people type, when it is not HOST:PORT'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('How much the server logs'),
})
export type Config = z.infer<typeof envSchema>

export function loadConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = envSchema.safeParse(given)
  if (!parsed.success) throw new Error(`The environment has faults:\n${z.prettifyError(parsed.error)}`)
  return Object.freeze(parsed.data)
}

import * as z from 'zod'

/**
 * The dashboard's own variables, parsed once. `loadConfig` throws one error that lists every fault at once. What names a
 * broker is parsed by its system's `environment.ts`, where a fault takes down one lane and not the server.
 */
const envSchema = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000).describe('Port of the dashboard'),
  HOST: z.string().default('127.0.0.1').describe('Address the dashboard listens on'),
  BASE_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('The address people type, when it is not HOST:PORT'),
  ROOMS_FILE: z
    .string()
    .optional()
    .describe('File that keeps rooms over a restart, or off; when absent, one in .switchboard for each port'),
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

/** Where rooms are kept over a restart; undefined: nowhere. */
export const roomsFileOf = ({ ROOMS_FILE }: Config, standard: string): string | undefined =>
  ROOMS_FILE === 'off' ? undefined : (ROOMS_FILE ?? standard)

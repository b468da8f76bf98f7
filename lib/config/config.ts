import { isIP } from 'node:net'
import * as z from 'zod'
import { parseBaseUrls } from '#lib/util/base-path.mjs'

const listOf = (value: string): string[] =>
  value
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')

/**
 * The dashboard's own variables, parsed once. `loadConfig` throws one error that lists every fault at once. What names a
 * broker is parsed by its system's `environment.ts`, where a fault takes down one lane and not the server.
 */
const envSchema = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000).describe('Port of the dashboard'),
  HOST: z.string().default('127.0.0.1').describe('Address the dashboard listens on'),
  BASE_URL: z
    .string()
    .check(({ value, issues }) => {
      try {
        parseBaseUrls(value)
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        issues.push({ code: 'custom', message, input: value })
      }
    })
    .optional()
    .describe(
      'The addresses people type, when they are not HOST:PORT, with commas between them; one path for all',
    ),
  ROOMS_FILE: z
    .string()
    .optional()
    .describe('File that keeps rooms over a restart, or off; when absent, one in .switchboard for each port'),
  SHARE: z
    .enum(['on', 'off'])
    .optional()
    .describe('Whether a code is asked for; when absent, where HOST is not this machine alone'),
  TRUST_PROXY: z
    .string()
    .refine(
      (proxies) => ['0', '1'].includes(proxies) || listOf(proxies).every((address) => isIP(address) !== 0),
      '1, or addresses of proxies',
    )
    .optional()
    .describe('Whose X-Forwarded headers count: 1 for whoever connects, or addresses'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('How much the server logs'),
})
export type Config = z.infer<typeof envSchema>

/** What `--share` sets where the environment does not. */
export const SHARE_DEFAULTS = { HOST: '0.0.0.0', SHARE: 'on' } as const

export function loadConfig(
  env: Record<string, string | undefined>,
  defaults: Record<string, string> = {},
): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = envSchema.safeParse({ ...defaults, ...given })
  if (!parsed.success) throw new Error(`The environment has faults:\n${z.prettifyError(parsed.error)}`)
  return Object.freeze(parsed.data)
}

/** Where rooms are persisted over a restart; undefined: nowhere. */
export const roomsFileOf = ({ ROOMS_FILE }: Config, standard: string): string | undefined =>
  ROOMS_FILE === 'off' ? undefined : (ROOMS_FILE ?? standard)
/** Whether other machines may come in, and are asked for a code. */
export function isShared({ SHARE, HOST }: Config): boolean {
  if (SHARE !== undefined) return SHARE === 'on'
  return !/^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(HOST)
}

/** The addresses of BASE_URL, with their path. */
export const baseUrlsOf = ({ BASE_URL }: Config): string[] => parseBaseUrls(BASE_URL).addresses

/** Where on those hosts the dashboard lies: a path, empty at the root. */
export const basePathOf = ({ BASE_URL }: Config): string => parseBaseUrls(BASE_URL).basePath

export function trustedProxiesOf({ TRUST_PROXY = '0' }: Config): 'nobody' | 'whoever-connects' | string[] {
  if (TRUST_PROXY === '0') return 'nobody'
  return TRUST_PROXY === '1' ? 'whoever-connects' : listOf(TRUST_PROXY)
}

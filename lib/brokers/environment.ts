import { readFileSync } from 'node:fs'
import type { BrokerSecurity } from './contract.ts'
import { bracketed, parseBrokerUrl } from './kit/broker-url.ts'

/** The environment as it was given to the dashboard. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A broker that the environment names. */
export interface NamedBroker {
  /** As a driver takes it. */
  url: string
  /** `host:port` as a person would type it, several with commas, without credentials. */
  address: string
  managementUrl?: string
  security?: BrokerSecurity
}

/** A variable that cannot be used. It takes down its own lane only. Its text never holds the value, which may be a secret. */
export class VariableFault extends Error {
  readonly variable: string

  constructor(variable: string, text: string, options: { cause?: unknown } = {}) {
    super(`${variable} ${text}`, options)
    this.name = 'VariableFault'
    this.variable = variable
  }
}

/** The value, without surrounding space; undefined where it is absent or blank. */
export const valueIn = (env: Environment, variable: string): string | undefined =>
  env[variable]?.trim() || undefined

/** A URL with one of these schemes. Throws VariableFault. */
export function urlOf(env: Environment, variable: string, schemes: readonly string[]): string | undefined {
  const value = valueIn(env, variable)
  if (value === undefined) return undefined
  const wanted = schemes.map((scheme) => `${scheme}://`).join(' or ')
  if (!schemes.some((scheme) => value.toLowerCase().startsWith(`${scheme}://`))) {
    throw new VariableFault(variable, `must begin with ${wanted}`)
  }
  const hint = 'in a password, / ? # @ and : are written %2F %3F %23 %40 and %3A'
  const form = `is not a URL of the form ${schemes[0]}://user:password@host:port (${hint})`
  try {
    const { host, port } = parseBrokerUrl(value)
    if (host === '' || port === 0) throw new VariableFault(variable, 'names no host, or port 0')
  } catch (error) {
    if (error instanceof VariableFault) throw error
    throw new VariableFault(variable, form, { cause: error })
  }
  if (CUT_SHORT.test(value)) throw new VariableFault(variable, form)
  return value
}

/** A bare / ? or # in a password ends the host there: `redis://user:12#secret@host` names the host `user`. */
const CUT_SHORT = /^[^:]+:\/\/[^/?#@]*[/?#].*@|#/

const ENTRY = /^(?:\[(?<v6>[0-9a-f:.]+(?:%[^\]]+)?)\]|(?<name>[^\s,:[\]/@]+)):(?<port>\d{1,5})$/i
const MAX_PORT = 65_535

/** `host:port` each, separated by commas or spaces, IPv6 in brackets. Returns them joined by commas. Throws VariableFault. */
export function hostListOf(env: Environment, variable: string): string | undefined {
  const value = valueIn(env, variable)
  if (value === undefined) return undefined
  const entries = value.split(/[\s,]+/).filter((entry) => entry !== '')
  const hosts = entries.map((entry, index) => {
    const found = ENTRY.exec(entry)?.groups
    const host = found?.v6 ?? found?.name
    const port = Number(found?.port)
    if (host !== undefined && port > 0 && port <= MAX_PORT) return `${bracketed(host)}:${port}`
    throw new VariableFault(
      variable,
      `must be host:port, several with commas, IPv6 as [::1]:9092, without a scheme or credentials (see entry ${index + 1} of ${entries.length})`,
    )
  })
  if (hosts.length === 0) throw new VariableFault(variable, 'names no broker')
  return [...new Set(hosts)].join(',')
}

const YES = new Set(['1', 'true', 'yes', 'on'])
const NO = new Set(['0', 'false', 'no', 'off'])

/** Throws VariableFault. */
export function flagOf(env: Environment, variable: string): boolean | undefined {
  const value = valueIn(env, variable)?.toLowerCase()
  if (value === undefined) return undefined
  if (YES.has(value)) return true
  if (NO.has(value)) return false
  throw new VariableFault(variable, 'must be true or false')
}

const CERTIFICATE = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----/

/** The PEM certificates in the file that a variable names. Throws VariableFault. */
export function certificatesOf(env: Environment, variable: string): string | undefined {
  const path = valueIn(env, variable)
  if (path === undefined) return undefined
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be read'
    throw new VariableFault(variable, `names a file that cannot be read (${code})`, { cause: error })
  }
  if (CERTIFICATE.test(text)) return text
  throw new VariableFault(variable, 'names a file that holds no PEM certificate')
}

/**
 * TLS as the URL's scheme asks for it, with the certificates that a variable names. Throws VariableFault where those are given
 * and the URL asks for no TLS.
 */
export function tlsOf(
  env: Environment,
  { url, secureScheme, caVariable }: { url: string | undefined; secureScheme: string; caVariable: string },
): BrokerSecurity | undefined {
  const ca = certificatesOf(env, caVariable)
  const isSecure = url?.toLowerCase().startsWith(`${secureScheme}://`) ?? false
  if (ca !== undefined && !isSecure) {
    throw new VariableFault(caVariable, `is given, but no ${secureScheme}:// URL that would use it`)
  }
  if (!isSecure) return undefined
  return { tls: ca === undefined ? {} : { ca } }
}

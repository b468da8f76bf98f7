import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { type Asked, type CallerOf, callerOfConnection } from '#lib/access/caller.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { pathWithin } from '#lib/util/base-path.mjs'
import { ownAddresses, ownNames } from './machine-names.ts'

export interface OriginGuardOptions {
  /** The address the server listens on. */
  host: string
  port: () => number
  /** The addresses people type, when they are not that. */
  baseUrls?: readonly string[]
  /** Where the dashboard lies on its hosts: a path, empty at the root. */
  basePath?: string
  /** Which host a request asks for; its `Host` header where nothing else is given. */
  callerOf?: CallerOf
}

/** Says of every request whether it may come in, before anything reads it. */
export interface OriginGuard {
  /** Undefined when it may, else an AppError `forbidden-host` or `forbidden-origin`. */
  fault(request: Pick<IncomingMessage, 'method' | 'url'> & Asked): AppError | undefined
}

const WILDCARDS = new Set(['0.0.0.0', '::', '[::]', ''])

/**
 * A page of another site must not reach a dashboard on somebody's machine. Host must be a name of this machine that no
 * foreign DNS entry can take (rebinding): loopback at any port, for tunnels; HOST's at the server's own, which for all
 * interfaces is every address and name of the machine; those of BASE_URL as they are. Origin, where there is one, must
 * be the page's own: that of the very Host asked for. Without one (a plain GET, from an image or a link) the browser says
 * itself where it comes from: another site's page may be left for a page of the dashboard, as links are, and gets nothing
 * else. A program that is no browser says nothing of this, and may come in.
 */
export function createOriginGuard(options: OriginGuardOptions): OriginGuard {
  const { host, port, baseUrls = [], basePath = '', callerOf = callerOfConnection } = options
  const bases = baseUrls.map((url) => new URL(url))

  const isOwnHost = (asked: URL): boolean => {
    if (isLoopback(asked.hostname)) return true
    if (bases.some((base) => asked.host === base.host)) return true
    return Number(asked.port || 80) === port() && isListeningAs(host, asked.hostname)
  }

  const fault: OriginGuard['fault'] = (request) => {
    const { headers } = request
    const asked = parseHost(callerOf(request).host)
    if (!asked || !isOwnHost(asked))
      return new AppError(
        'forbidden-host',
        'this host name is not served here; set BASE_URL to the address people type',
      )
    const { origin } = headers
    const isOwn = (from: string) => isOwnOrigin(from, asked, bases)
    const mayCome =
      origin === undefined ? !isSentByOthers(headers, isOwn) || isVisit(request, basePath) : isOwn(origin)
    return mayCome ? undefined : new AppError('forbidden-origin', 'only the dashboard’s own pages may ask')
  }
  return { fault }
}

/**
 * `Sec-Fetch-Site`: `none` is what a person typed. Browsers without it, and those that reach a plain-HTTP address, may
 * name a `Referer`.
 */
function isSentByOthers(headers: IncomingHttpHeaders, isOwn: (origin: string) => boolean): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const { referer } = headers
  return referer !== undefined && !isOwn(parseUrl(referer)?.origin ?? referer)
}

/** A link followed to a page: a whole new document, of which the page that was left sees nothing. */
function isVisit(
  { headers, method, url = '/' }: Pick<IncomingMessage, 'headers' | 'method' | 'url'>,
  basePath: string,
): boolean {
  const { 'sec-fetch-mode': mode = 'navigate', 'sec-fetch-dest': dest = 'document' } = headers
  const [asked = ''] = url.split('?')
  const path = pathWithin(basePath, asked) ?? asked
  // An escape, a doubled slash or a step upwards may still lead to the API: such an address is no page's.
  const isPage = !/^\/(api|socket\.io)(?!\w)|%|\/\/|\/\.|\\/i.test(path)
  return isPage && (method === 'GET' || method === 'HEAD') && mode === 'navigate' && dest === 'document'
}

function isOwnOrigin(origin: string, asked: URL, bases: readonly URL[]): boolean {
  if (bases.some((base) => origin === base.origin)) return true
  const url = parseUrl(origin)
  // TLS may end before this server, so either scheme is the page's own.
  return (
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    hostAndPort(url) === hostAndPort(asked, url.protocol)
  )
}

const hostAndPort = (url: URL, protocol = url.protocol): string =>
  `${url.hostname}:${url.port || (protocol === 'https:' ? '443' : '80')}`

function isListeningAs(host: string, name: string): boolean {
  const bare = name.replace(/^\[|\]$/g, '')
  if (!WILDCARDS.has(host)) return bare === host.toLowerCase()
  return ownAddresses().includes(bare) || ownNames().includes(bare.toLowerCase())
}

const isLoopback = (name: string): boolean =>
  name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name)

/** A Host header is a host and maybe a port, nothing else. */
function parseHost(host: string | undefined): URL | undefined {
  if (host === undefined || !/^[A-Za-z0-9._[\]:-]+$/.test(host)) return undefined
  return parseUrl(`http://${host}`)
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}

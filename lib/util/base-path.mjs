/**
 * The base path: where the dashboard lies on its host. Empty at the host's root, else a path such as `/switchboard`,
 * which comes from BASE_URL. This file is plain JavaScript because Next's configuration and the bootstrap read it too.
 */

/** Of such a path every character stands for itself, in addresses, in cookies and in the router's patterns. */
const PLAIN_PATH = /^(\/[\w.~-]+)*$/
const DOT_SEGMENT = /\/\.{1,2}(?=\/|$)/

/**
 * @param {string | undefined} baseUrls
 * @returns {string[]}
 */
const listOf = (baseUrls = '') =>
  baseUrls
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')

/**
 * @param {string} baseUrl
 * @returns {{ origin: string, path: string }}
 */
function parse(baseUrl) {
  if (!/^https?:\/\/[^\\]+$/i.test(baseUrl) || !URL.canParse(baseUrl))
    throw new Error('BASE_URL takes addresses with http:// or https:// and a host')
  if (/[?#]/.test(baseUrl)) throw new Error('BASE_URL takes addresses without a query or a fragment')
  // A URL resolves dot segments, and what is served would not be what is written.
  const written = baseUrl.replace(/^https?:\/\/[^/]*/i, '').replace(/\/$/, '')
  if (!PLAIN_PATH.test(written) || DOT_SEGMENT.test(written))
    throw new Error(
      'a path in BASE_URL takes letters, digits and - . _ ~ between single slashes, as in /switchboard, and no . or .. alone',
    )
  return { origin: new URL(baseUrl).origin, path: written }
}

/**
 * The addresses that people type, without a slash at the end, and the base path that all of them share. Throws an error that
 * names BASE_URL.
 *
 * @param {string | undefined} baseUrls BASE_URL: addresses with commas between them
 * @returns {{ basePath: string, addresses: string[] }}
 */
export function parseBaseUrls(baseUrls) {
  const parsed = listOf(baseUrls).map(parse)
  const paths = [...new Set(parsed.map(({ path }) => path))]
  if (paths.length > 1)
    throw new Error(
      `all addresses in BASE_URL take the same path, because pages are built for one: ${paths.map((path) => path || '/').join(' and ')} differ`,
    )
  return { basePath: paths[0] ?? '', addresses: parsed.map(({ origin, path }) => origin + path) }
}

/**
 * The path within the dashboard; undefined where it lies outside the base path.
 *
 * @param {string} basePath
 * @param {string} path
 * @returns {string | undefined}
 */
export function pathWithin(basePath, path) {
  if (path === basePath) return '/'
  return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : undefined
}

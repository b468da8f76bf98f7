import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseBaseUrls } from '../../util/base-path.mjs'
import { lock } from '../folder-lock.mjs'
import { runQuietly } from './child-processes.mjs'
import { builtStatic, packFiles } from './packed-files.mjs'
import { during } from './progress-line.mjs'

const LOCK_TIMEOUT_MS = 10 * 60_000
/** Everything that goes into a page. */
const SOURCES = [
  ...['app', 'components', 'lib', 'public'],
  ...['next.config.js', 'postcss.config.mjs', 'tsconfig.json', 'package.json', 'package-lock.json'],
]

function filesBelow(path) {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)))
}

/**
 * A fingerprint of all sources of the pages: names and contents.
 *
 * @param {string} root
 * @returns {string}
 */
export function sourcesHash(root) {
  const hash = createHash('sha256')
  for (const file of SOURCES.flatMap((source) => filesBelow(join(root, source)))) {
    hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0')
  }
  return hash.digest('hex')
}

const stampPath = (root) => join(root, '.next', 'switchboard-sources')

/**
 * The base path that the pages were built for, as Next keeps it; undefined where there are none.
 *
 * @param {string} root
 * @returns {string | undefined}
 */
export function builtBasePath(root) {
  const manifest = join(root, '.next', 'routes-manifest.json')
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).basePath : undefined
}

/** Throws an error whose `output` is what to print when BASE_URL has a fault. */
function wantedBasePath({ BASE_URL }) {
  try {
    return parseBaseUrls(BASE_URL).basePath
  } catch (error) {
    throw Object.assign(error, { output: error.message })
  }
}

/**
 * Whether the build was finished, from these very sources, and for the base path that BASE_URL asks for.
 *
 * @param {string} root
 * @param {Record<string, string | undefined>} env
 * @returns {boolean}
 */
export function buildIsCurrent(root, env) {
  const finished = existsSync(join(root, '.next', 'BUILD_ID')) && existsSync(stampPath(root))
  return (
    finished &&
    builtBasePath(root) === wantedBasePath(env) &&
    readFileSync(stampPath(root), 'utf8') === sourcesHash(root)
  )
}

/** Why the pages are built again. */
function reasonToBuild(root, env) {
  if (!existsSync(join(root, '.next', 'BUILD_ID'))) return 'first build'
  if (builtBasePath(root) !== wantedBasePath(env)) return 'BASE_URL has another path than the last build'
  return 'sources have changed since the last build'
}

/** Builds the pages when there is no build of the present sources for the base path that `env` asks for. */
export async function ensureBuild(root, env) {
  if (buildIsCurrent(root, env)) return
  const unlock = await lock(join(root, '.switchboard', 'build.lock'), LOCK_TIMEOUT_MS)
  try {
    if (buildIsCurrent(root, env)) return
    await during('pages', 'building', reasonToBuild(root, env), async () => {
      const before = sourcesHash(root)
      await runQuietly(process.execPath, [join(root, 'node_modules/next/dist/bin/next'), 'build'], {
        cwd: root,
        env: { ...env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
      })
      await packFiles(builtStatic(root))
      writeFileSync(stampPath(root), before)
      return 'the pages are built'
    })
  } finally {
    unlock()
  }
}

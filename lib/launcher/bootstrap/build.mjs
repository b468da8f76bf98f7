import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lock } from '../folder-lock.mjs'
import { runQuietly } from './child-processes.mjs'
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
 * Whether the build was finished, and from these very sources.
 *
 * @param {string} root
 * @returns {boolean}
 */
export function buildIsCurrent(root) {
  const finished = existsSync(join(root, '.next', 'BUILD_ID')) && existsSync(stampPath(root))
  return finished && readFileSync(stampPath(root), 'utf8') === sourcesHash(root)
}

/** Builds the pages when there is no build of the present sources. */
export async function ensureBuild(root) {
  if (buildIsCurrent(root)) return
  const unlock = await lock(join(root, '.switchboard', 'build.lock'), LOCK_TIMEOUT_MS)
  try {
    if (buildIsCurrent(root)) return
    const why = existsSync(join(root, '.next', 'BUILD_ID'))
      ? 'sources have changed since the last build'
      : 'first build'
    await during('pages', 'building', why, async () => {
      const before = sourcesHash(root)
      const env = { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' }
      await runQuietly(process.execPath, [join(root, 'node_modules/next/dist/bin/next'), 'build'], {
        cwd: root,
        env,
      })
      writeFileSync(stampPath(root), before)
      return 'the pages are built'
    })
  } finally {
    unlock()
  }
}

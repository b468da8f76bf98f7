import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lock } from '../folder-lock.mjs'
import { runQuietly } from './child-processes.mjs'
import { during } from './progress-line.mjs'

const LOCK_TIMEOUT_MS = 10 * 60_000

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
}

const marker = (root) => join(root, '.switchboard', 'packages-installing')

/**
 * How the installed packages compare with package-lock.json, by npm's own list of what it finished installing:
 * `whole`, `outdated` (other versions are wanted), `broken` (an installation was cut off) or `missing`. Packages for other
 * platforms don't count, development packages only where `dev`.
 *
 * @param {string} root
 * @param {boolean} dev
 * @returns {'whole' | 'outdated' | 'broken' | 'missing'}
 */
export function packagesState(root, dev) {
  const modules = join(root, 'node_modules')
  if (!existsSync(modules)) return 'missing'
  const installed = readJson(join(modules, '.package-lock.json'))?.packages
  if (!installed || existsSync(marker(root))) return 'broken'
  const wanted = Object.entries(readJson(join(root, 'package-lock.json'))?.packages ?? {}).filter(
    ([path, { link, optional, dev: isDev, devOptional }]) =>
      path !== '' && !link && !optional && !devOptional && (dev || !isDev),
  )
  if (wanted.some(([path, { version }]) => installed[path]?.version !== version)) return 'outdated'
  return wanted.every(([path]) => existsSync(join(root, path, 'package.json'))) ? 'whole' : 'broken'
}

/** npm as it was called, or the one on the PATH. Development packages too, whatever NODE_ENV says: building the pages needs them. */
function npm(root, ...args) {
  const cli = process.env.npm_execpath
  const [command, first] = cli?.endsWith('.js') ? [process.execPath, [cli]] : ['npm', []]
  return runQuietly(command, [...first, ...args, '--include=dev', '--no-audit', '--no-fund'], { cwd: root })
}

async function install(root, state) {
  const clean = () => npm(root, 'ci')
  const mend = () => npm(root, 'install', '--no-save')
  // Other versions are put in place one by one, so that a dashboard that runs meanwhile keeps the rest.
  const [first, second] = state === 'outdated' ? [mend, clean] : [clean, mend]
  mkdirSync(join(root, '.switchboard'), { recursive: true })
  writeFileSync(marker(root), '')
  await first().catch(second)
  rmSync(marker(root), { force: true })
}

const WHY = {
  missing: 'installing what package-lock.json lists',
  outdated: 'package-lock.json has changed: installing what is new',
  broken: 'an installation was cut off: installing anew',
}

/** Brings node_modules in line with package-lock.json when it is not. */
export async function ensurePackages(root, { dev }) {
  if (packagesState(root, dev) === 'whole') return
  const unlock = await lock(join(root, '.switchboard', 'packages.lock'), LOCK_TIMEOUT_MS)
  try {
    const state = packagesState(root, dev)
    if (state === 'whole') return
    await during('packages', 'installing', WHY[state], async () => {
      await install(root, state)
      return 'npm packages are in place'
    })
  } finally {
    unlock()
  }
}

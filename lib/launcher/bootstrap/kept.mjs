import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { countUsers } from '../keeper/users.mjs'
import { isSameProcess } from '../process-identity.mjs'
import { say } from './line.mjs'

const ENDS_WITHIN_MS = 12_000
const LOOK_EVERY_MS = 100

function keeperOf(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8')).keeper
  } catch {
    // No state, or none that can be read: nothing is kept there.
    return undefined
  }
}

async function letGo(system, folder) {
  rmSync(join(folder, 'users', 'keep'), { force: true })
  const keeper = keeperOf(folder)
  if (!keeper || !isSameProcess(keeper)) return
  const users = countUsers(join(folder, 'users'))
  if (users > 0) {
    say({ tone: 'note', part: system, phase: 'in use', text: `by ${users}: it ends with the last one` })
    return
  }
  const deadline = performance.now() + ENDS_WITHIN_MS
  while (isSameProcess(keeper) && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
  say({ tone: 'good', part: system, phase: 'ended', text: '' })
}

/** Ends brokers that `--keep` left behind, unless a dashboard uses them. */
export async function letGoOfKept(root) {
  const folder = join(root, '.switchboard')
  if (!existsSync(folder)) return 0
  const systems = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'users')))
  await Promise.all(systems.map((system) => letGo(system, join(folder, system))))
  return 0
}

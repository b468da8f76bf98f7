import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isSameProcess } from '../process-identity.mjs'
import { countUsers } from '../users.mjs'
import { say } from './progress-line.mjs'

const ENDS_WITHIN_MS = 12_000
const POLL_EVERY_MS = 100

function supervisorOf(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8')).supervisor
  } catch {
    // No state, or none that can be read: no broker runs there.
    return undefined
  }
}

async function stopBroker(system, folder) {
  rmSync(join(folder, 'users', 'keep'), { force: true })
  const supervisor = supervisorOf(folder)
  if (!supervisor || !isSameProcess(supervisor)) return
  const users = countUsers(join(folder, 'users'))
  if (users > 0) {
    say({ tone: 'note', part: system, phase: 'in use', text: `by ${users}: it ends with the last one` })
    return
  }
  const deadline = performance.now() + ENDS_WITHIN_MS
  while (isSameProcess(supervisor) && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS))
  }
  say({ tone: 'good', part: system, phase: 'ended', text: '' })
}

/** Ends brokers that `--keep` left behind, unless a dashboard uses them. */
export async function stopKeptBrokers(root) {
  const folder = join(root, '.switchboard')
  if (!existsSync(folder)) return 0
  const systems = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'users')))
  await Promise.all(systems.map((system) => stopBroker(system, join(folder, system))))
  return 0
}

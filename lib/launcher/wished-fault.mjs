import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { othersThan } from './users.mjs'

/** What a user wants done to its broker; its supervisor reads it, which may be of another release: the names in it stay. */
const FILE = 'fault.json'

/**
 * @param {string} folder the broker's
 * @param {{ stands: 'paused' | 'killed', user: string } | null} wish null: that it runs
 */
export function wishFault(folder, wish) {
  const path = join(folder, FILE)
  if (wish === null) return rmSync(path, { force: true })
  writeFileSync(`${path}.new`, JSON.stringify(wish))
  renameSync(`${path}.new`, path)
}

/**
 * The fault that the supervisor is to have in force now, or null. A wish ends with the process that made it, and as soon as
 * another one uses the broker too: no broker stays paused when nobody is left who could resume it.
 *
 * @param {string} folder
 * @returns {'paused' | 'killed' | null}
 */
export function wishedFault(folder) {
  let wish
  try {
    wish = JSON.parse(readFileSync(join(folder, FILE), 'utf8'))
  } catch {
    // None, or the folder is gone, or it cannot be read: the broker runs.
    return null
  }
  const { stands, user } = wish
  const others = othersThan(join(folder, 'users'), String(user))
  if ((stands === 'paused' || stands === 'killed') && others !== null && others.length === 0) return stands
  wishFault(folder, null)
  return null
}

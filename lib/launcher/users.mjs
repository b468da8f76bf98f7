import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isSameProcess } from './process-identity.mjs'

/** A user that is no process: it stays until somebody removes the file. */
const KEEP = 'keep'

/** Names are `<pid>_<start time>_<number>`: one process may use a broker more than once. */
function processOf(name) {
  const [pid, startTime] = name.split('_')
  return pid && startTime ? { pid: Number(pid), startTime } : null
}

const isUser = (name) => {
  const process = processOf(name)
  return name === KEEP || (process !== null && isSameProcess(process))
}

/**
 * How many live processes (or a lasting "keep") use the broker whose `users` folder this is; forgets those whose process is
 * gone. A folder that was removed has no users.
 *
 * @param {string} folder
 * @returns {number}
 */
export function countUsers(folder) {
  const names = namesIn(folder)
  const users = names.filter(isUser)
  for (const name of names) if (!users.includes(name)) rmSync(join(folder, name), { force: true })
  return users.length
}

/**
 * The other live processes that use the broker; null when `user` itself is no user any more.
 *
 * @param {string} folder
 * @param {string} user
 * @returns {string[] | null}
 */
export function othersThan(folder, user) {
  const users = namesIn(folder).filter((name) => name !== KEEP && isUser(name))
  if (!users.includes(user)) return null
  const { pid, startTime } = processOf(user)
  return users.filter((name) => !name.startsWith(`${pid}_${startTime}_`))
}

function namesIn(folder) {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (error.code === 'ENOENT') return []
    throw error
  }
}

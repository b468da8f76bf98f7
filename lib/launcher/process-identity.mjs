import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Fields after the command's closing bracket in /proc/<pid>/stat: the state is the first, the start time the 20th. */
const STAT_STATE = 0
const STAT_START_TIME = 19

function fromProc(pid) {
  let stat
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch (error) {
    // ESRCH: it ended between opening and reading.
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return null
    throw error
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[STAT_STATE] === 'Z' || fields[STAT_STATE] === 'X' ? null : fields[STAT_START_TIME]
}

function fromPs(pid) {
  const { status, stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  })
  const line = (stdout ?? '').trim()
  if (status !== 0 || line === '' || line.startsWith('Z')) return null
  return line.split(/\s+/).slice(1).join('-').replaceAll(':', '.')
}

/**
 * When a process began, in the system's own units; null when there is none (a zombie has ended too). Together with the
 * pid it names one process for good: a pid that the system gave to another process has another start time.
 *
 * @typedef {{ pid: number, startTime: string }} ProcessIdentity
 * @param {number} pid
 * @returns {string | null}
 */
export const startTimeOf = (pid) => (process.platform === 'linux' ? fromProc(pid) : fromPs(pid))

/**
 * Whether exactly that process still runs.
 *
 * @param {ProcessIdentity} identity
 * @returns {boolean}
 */
export const isSameProcess = ({ pid, startTime }) => startTimeOf(pid) === startTime

/** @returns {ProcessIdentity} */
export const thisProcess = () => ({ pid: process.pid, startTime: startTimeOf(process.pid) ?? '' })

import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { isSameProcess, thisProcess } from './process-identity.mjs'

const TRY_AGAIN_MS = 25
/** The helper lock below is held for a few file calls; one this old was left by a process that was killed in between. */
const HELPER_MAX_AGE_MS = 5_000

function createWith(path, content) {
  // A link appears with its content or not at all: nobody ever reads a lock without an owner in it.
  const mine = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`
  writeFileSync(mine, content)
  try {
    linkSync(mine, path)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(mine, { force: true })
  }
}

function ownerOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    if (error instanceof SyntaxError) return null
    throw error
  }
}

const isStale = (owner) => owner === null || (owner !== undefined && !isSameProcess(owner))

function dropOldHelper(helper) {
  try {
    if (Date.now() - statSync(helper).mtimeMs > HELPER_MAX_AGE_MS) rmSync(helper, { force: true })
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
}

/** Removes a lock whose owner is gone. Looking and removing happen under a helper lock, so no live lock is ever removed. */
function removeStale(path) {
  if (!isStale(ownerOf(path))) return
  const helper = `${path}.stale`
  if (!createWith(helper, '')) return dropOldHelper(helper)
  try {
    if (isStale(ownerOf(path))) rmSync(path, { force: true })
  } finally {
    rmSync(helper, { force: true })
  }
}

/**
 * One try: the function that releases the lock, or undefined while another live process holds it.
 *
 * @param {string} path
 * @returns {(() => void) | undefined}
 */
export function tryLock(path) {
  mkdirSync(dirname(path), { recursive: true })
  removeStale(path)
  if (!createWith(path, JSON.stringify(thisProcess()))) return undefined
  let held = true
  return () => {
    if (held) rmSync(path, { force: true })
    held = false
  }
}

/**
 * Waits its turn; rejects when that takes longer than `timeoutMs`. A lock whose owner died is taken over.
 *
 * @param {string} path
 * @param {number} timeoutMs
 * @returns {Promise<() => void>}
 */
export async function lock(path, timeoutMs) {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const release = tryLock(path)
    if (release) return release
    if (Date.now() > deadline)
      throw new Error(`${path} is held by another process (${JSON.stringify(ownerOf(path))})`)
    await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS))
  }
}

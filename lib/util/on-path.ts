import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/** Packages put servers in folders that an ordinary user's PATH lacks. */
const ALSO = [
  '/usr/local/sbin',
  '/usr/sbin',
  '/sbin',
  '/opt/homebrew/bin',
  '/opt/homebrew/sbin',
  '/usr/local/bin',
]

export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * A program by name; null when no folder of PATH (or of the usual ones) has it. Links are kept: redis-server is one, to a
 * program that asks by which name it was called.
 */
export async function findOnPath(
  name: string,
  path: string = process.env.PATH ?? '',
): Promise<string | null> {
  for (const folder of [...path.split(delimiter), ...ALSO]) {
    if (folder !== '' && (await isExecutable(join(folder, name)))) return join(folder, name)
  }
  return null
}

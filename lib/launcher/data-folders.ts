import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

interface Place {
  folder: string
  dataFolders: string[]
}

const isFilled = async (path: string): Promise<boolean> => (await readdir(path).catch(() => [])).length > 0

/** Data without the stamp of a finished preparation: a launcher was killed while it formatted, or files were removed. */
export async function hasHalfPreparedData({ folder, dataFolders }: Place): Promise<boolean> {
  if (existsSync(join(folder, 'prepared'))) return false
  const filled = await Promise.all(dataFolders.map((name) => isFilled(join(folder, name))))
  return filled.some(Boolean)
}

/** Renames the data folders to `<name>.stale-<time>`, so that a new start finds none. Says what they are called now. */
export async function moveDataAside({ folder, dataFolders }: Place): Promise<string[]> {
  const suffix = `stale-${new Date().toISOString().replaceAll(/[-:]/g, '').slice(0, 15)}`
  const moved: string[] = []
  for (const name of dataFolders) {
    const from = join(folder, name)
    if (!(await isFilled(from))) continue
    const to = `${from}.${suffix}-${process.pid}`
    await rename(from, to)
    await mkdir(from, { recursive: true })
    moved.push(to)
  }
  await rm(join(folder, 'prepared'), { force: true })
  return moved
}

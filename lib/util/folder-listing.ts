import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Names and sizes of a folder's files as text: what a finished download is compared with. */
export async function folderListing(folder: string): Promise<string> {
  const names = (await readdir(folder)).sort()
  const sizes = await Promise.all(names.map(async (name) => [name, (await stat(join(folder, name))).size]))
  return JSON.stringify(Object.fromEntries(sizes), null, 2)
}

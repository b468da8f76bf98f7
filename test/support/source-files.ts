import { readdirSync } from 'node:fs'
import { join } from 'node:path'

export const projectRoot = join(import.meta.dirname, '../..')

/** Every source file below the named folders, as paths from the project's root with forward slashes. */
export function sourceFiles(folders: readonly string[], endings: RegExp = /\.(ts|tsx|mjs)$/): string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' }).map(
        (file) => `${folder}/${file}`,
      ),
    )
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => endings.test(file))
    .sort()
}

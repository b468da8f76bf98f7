import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

/**
 * Built files that browsers get compressed: each coding's file lies beside the plain one, written once after a build with
 * the most that the coding can do. A request then costs no processor, and Brotli is a seventh smaller than gzip.
 */

/** Codings by their name in HTTP, the one that is chosen first in front, with the end of their files' names. */
export const CODINGS = /** @type {const} */ ([
  { coding: 'br', suffix: '.br' },
  { coding: 'gzip', suffix: '.gz' },
])

const COMPRESSIBLE = /\.(js|css|svg|json|txt)$/

const PACK = {
  br: (/** @type {Buffer} */ bytes) =>
    promisify(brotliCompress)(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  gzip: (/** @type {Buffer} */ bytes) => promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION }),
}

/** @param {string} file */
async function pack(file) {
  const bytes = await readFile(file)
  for (const { coding, suffix } of CODINGS) {
    const packed = await PACK[coding](bytes)
    if (packed.length < bytes.length) await writeFile(file + suffix, packed)
  }
}

/**
 * Writes the compressed files beside those of a folder, and of all below it.
 *
 * @param {string} folder
 */
export async function packFiles(folder) {
  if (!existsSync(folder)) return
  const entries = await readdir(folder, { recursive: true })
  await Promise.all(
    entries.filter((entry) => COMPRESSIBLE.test(entry)).map((entry) => pack(join(folder, entry))),
  )
}

/**
 * What a build under `root` gave browsers to fetch.
 *
 * @param {string} root
 */
export const builtStatic = (root) => join(root, '.next', 'static')

// `npm run build` runs this file after Next.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await packFiles(builtStatic(process.cwd()))

/**
 * Removes from node_modules what a running dashboard never reads, so that the image stays small: compilers and image
 * libraries, source maps, type declarations, and Next's copy of itself for bundlers. Usage: node prune-packages.mjs
 * <node_modules>
 */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const UNREAD = [
  // Pages are compiled already; images are served as they are (next.config.js).
  /^@next\/swc-[^/]+$/,
  /^(@img|sharp)$/,
  /^next\/dist\/(esm|docs|bundle-analyzer)$/,
  /\.runtime\.dev\.js$/,
  /\.(map|d\.[cm]?ts)$/,
]

const folder = process.argv[2]
for (const path of readdirSync(folder, { recursive: true })) {
  if (UNREAD.some((pattern) => pattern.test(path)))
    rmSync(join(folder, path), { recursive: true, force: true })
}

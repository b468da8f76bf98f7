import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { projectRoot as root } from '#test/support/source-files.ts'
import nextConfig from '../../next.config.js'

const read = (file: string) => readFileSync(join(root, file), 'utf8')
const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> }

/** What the image's last stage copies from the project, as paths from its root. */
function copiedPaths(): string[] {
  const lastStage =
    read('Dockerfile')
      .split(/^FROM /m)
      .at(-1) ?? ''
  const copies = [...lastStage.matchAll(/^COPY (?!--from)(.*)$/gm)].map(([, words = '']) =>
    words.split(/\s+/),
  )
  return copies.flatMap((words) => words.slice(0, -1))
}

const STATIC_IMPORT =
  /^(?:import|export) (?:(?:\w+|\w+, )?(?:\{[^}]*\}|\* as \w+)?) ?from '([^']+)'|^import '([^']+)'/gm
const DYNAMIC_IMPORT = /\bimport\('([^']+)'\)/g

/** Specifiers of all imports that exist at run time: `import type` is erased. */
function importsAtRunTime(file: string): string[] {
  const text = read(file)
  const found = [...text.matchAll(STATIC_IMPORT), ...text.matchAll(DYNAMIC_IMPORT)]
  return found.flatMap(([, from, bare]) => from ?? bare ?? [])
}

/** All files and packages that the server's process may load, from server.ts on. */
function loadedByServer() {
  const files = new Set<string>()
  const packages = new Set<string>()
  const visit = (file: string) => {
    if (files.has(file)) return
    files.add(file)
    for (const specifier of importsAtRunTime(file)) {
      if (specifier.startsWith('node:')) continue
      if (specifier.startsWith('#')) visit(specifier.slice(1))
      else if (specifier.startsWith('.')) visit(normalize(join(dirname(file), specifier)))
      else
        packages.add(
          specifier
            .split('/')
            .slice(0, specifier.startsWith('@') ? 2 : 1)
            .join('/'),
        )
    }
  }
  visit('server.ts')
  visit('next.config.js')
  visit('docker/health.mjs')
  // Run as programs of their own, not imported.
  visit('lib/launcher/supervisor.mjs')
  return { files: [...files], packages: [...packages] }
}

test('the image holds every file that the server loads', () => {
  const copied = copiedPaths()
  const isCopied = (file: string) => copied.some((path) => file === path || file.startsWith(`${path}/`))
  expect(loadedByServer().files.filter((file) => !existsSync(join(root, file)) || !isCopied(file))).toEqual(
    [],
  )
})

test('the image holds every package that the server and the built pages load', () => {
  vi.stubEnv('BASE_URL', '')
  onTestFinished(() => void vi.unstubAllEnvs())
  const { packages } = loadedByServer()
  expect(packages).toEqual(expect.arrayContaining(['amqplib', 'ioredis', 'kafkajs', 'next', 'socket.io']))
  const needed = [...packages, ...(nextConfig().serverExternalPackages ?? []), 'react', 'react-dom', 'tsx']
  expect(needed.filter((name) => !(name in dependencies))).toEqual([])
})

test('compilers, types and stylesheet tools stay out of the image', () => {
  const buildsOnly = /^(@types\/|typescript$|tailwindcss$|@tailwindcss\/|@biomejs\/|vitest$)/
  expect(Object.keys(dependencies).filter((name) => buildsOnly.test(name))).toEqual([])
})

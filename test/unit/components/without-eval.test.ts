import { afterEach, expect, test, vi } from 'vitest'
import * as z from 'zod'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.resetModules()
})

test('a page turns off the compiling of schemas where zod looks for it', async () => {
  const before = globalThis.__zod_globalConfig
  expect(before).toBe(z.config())
  try {
    vi.stubGlobal('window', {})
    await import('#components/feed/without-eval.ts')
    expect(globalThis.__zod_globalConfig).toEqual({ jitless: true })
  } finally {
    globalThis.__zod_globalConfig = before
  }
})

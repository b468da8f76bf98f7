import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createProgress, type Progress } from '#lib/launcher/progress.ts'

const endpoint = { url: 'redis://127.0.0.1:6379', address: '127.0.0.1:6379', origin: 'child' as const }

describe('progress at the terminal', () => {
  let written: string
  let progress: Progress
  const begin = (isTty = false) => {
    written = ''
    progress = createProgress({
      labels: { redis: 'Redis', kafka: 'Kafka' },
      write: (text) => {
        written += text
      },
      isTty,
    })
  }
  beforeEach(() => {
    vi.useFakeTimers()
    begin()
  })
  afterEach(() => {
    progress.close()
    vi.useRealTimers()
  })

  test('gives each step a line with the part, the step, the words and the time', () => {
    progress.show({ system: 'redis', elapsedMs: 40, phase: 'looking', what: 'on 127.0.0.1:6379' })
    progress.show({ system: 'redis', elapsedMs: 1234, phase: 'up', endpoint, version: '7.0.15' })
    const lines = written.trimEnd().split('\n')
    expect(lines[0]).toMatch(/Redis\s+looking\s+on 127\.0\.0\.1:6379\s+0\.0 s/)
    expect(lines[1]).toMatch(/Redis\s+up\s+127\.0\.0\.1:6379 · 7\.0\.15 · started here\s+1\.2 s/)
  })

  test('says why a broker is not up, and what a person can do', () => {
    const reason = { code: 'not-found' as const, text: 'not installed' }
    const hints = [{ where: 'macOS', command: 'brew install redis' }]
    progress.show({ system: 'redis', elapsedMs: 10, phase: 'failed', reason, hints })
    expect(written).toMatch(/not up\s+not installed/)
    expect(written).toContain('macOS: brew install redis')
  })

  test('says that a long step still goes on, until it ends', () => {
    progress.show({ system: 'kafka', elapsedMs: 0, phase: 'installing', what: 'jars' })
    vi.advanceTimersByTime(10_000)
    expect(written).toMatch(/Kafka\s+still\s+installing jars\s+10\.0 s/)
    progress.show({ system: 'kafka', elapsedMs: 11_000, phase: 'up', endpoint, version: '4.4' })
    const before = written
    vi.advanceTimersByTime(60_000)
    expect(written).toBe(before)
  })

  test('names the address of the page once', () => {
    progress.pageReady('http://127.0.0.1:3000')
    progress.pageReady('http://127.0.0.1:3000')
    expect(written.match(/http:/g)).toHaveLength(1)
  })

  test("prints a program's words without obeying them", () => {
    const reason = { code: 'start-failed' as const, text: 'bad\u001b[2J\u001b]0;owned\u0007\nline' }
    progress.show({ system: 'redis', elapsedMs: 10, phase: 'failed', reason, hints: [] })
    expect(written).not.toContain('\u001b')
    expect(written.trimEnd().split('\n')).toHaveLength(1)
  })

  test('uses colour only where there is a terminal', () => {
    progress.show({ system: 'redis', elapsedMs: 1, phase: 'looking', what: '' })
    expect(written).not.toContain('\u001b')
    progress.close()
    begin(true)
    progress.show({ system: 'redis', elapsedMs: 1, phase: 'looking', what: '' })
    expect(written).toContain('\u001b[')
  })
})

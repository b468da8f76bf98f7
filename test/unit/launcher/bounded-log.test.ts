import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createBoundedLog } from '#lib/launcher/bounded-log.mjs'

test('a program’s last lines are whole characters, however its output is cut into chunks', () => {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-log-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const log = createBoundedLog(join(folder, 'broker.log'))
  const [out, err] = [Buffer.from('gestört 👍\n'), Buffer.from('größer\n')]
  // Both streams, byte by byte and in turns.
  for (let at = 0; at < out.length; at += 1) {
    log.append(out.subarray(at, at + 1))
    if (out[at] === 10) for (const byte of err) log.append(Buffer.of(byte), 'stderr')
  }
  expect(log.lastLines()).toEqual(['gestört 👍', 'größer'])
  log.append(Buffer.from(`${'x'.repeat(1_999)}👍\n`))
  expect(log.lastLines().at(-1)).toBe('x'.repeat(1_999))
  expect(readFileSync(join(folder, 'broker.log'), 'utf8')).toContain('gestört 👍')
})

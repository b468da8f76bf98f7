import { execFile, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Snippet, SnippetContext } from '#lib/brokers/contract.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { INSTALL_TIMEOUT_MS, prepareOutsidePrograms, pythonProgram } from '#test/support/outside-programs.ts'
import { CELLS, type SnippetCell } from '#test/support/snippet-cells.ts'
import { projectRoot } from '#test/support/source-files.ts'
import { until } from '#test/support/until.ts'

/** What would end a literal, be expanded by a shell, be formatted, or not be seen. */
const HOSTILE = `it's "so" \\ $(echo no) \`no\` %s %d \${no} #{no} é 日本語 👩🏽‍🚀 \u202e`
/** What only bytes can carry: line breaks, control characters, and no end of line behind it. */
const UNPRINTABLE = 'two\nlines\ttab\u0001\u001b[31m'

const run = promisify(execFile)
const folder = join(projectRoot, '.switchboard', 'interop', 'snippets')
const ENDING = { python: 'py', javascript: 'mjs', shell: 'sh' } as const

/** A snippet as a program of its own, exactly as it stands on the screen. */
function commandOf({ language, code }: Snippet): string[] {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${uniqueName('snippet')}.${ENDING[language]}`)
  writeFileSync(file, code)
  if (language === 'python') return pythonProgram(file)
  return language === 'javascript' ? [process.execPath, file] : ['sh', file]
}

interface Running {
  output(): string
  stop(): Promise<void>
}

const running: Running[] = []

function start(snippet: Snippet): Running {
  const [program = '', ...rest] = commandOf(snippet)
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (chunk: string) => {
      output += chunk
    })
  }
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()))
  const one = {
    output: () => output,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined)
        process.kill(-child.pid, 'SIGKILL')
      await closed
    },
  }
  running.push(one)
  return one
}

/** Runs a producer to its end. Rejects with its words when it fails. */
async function toItsEnd(snippet: Snippet): Promise<void> {
  const [program = '', ...rest] = commandOf(snippet)
  await run(program, rest, { timeout: 60_000 })
}

function placesOf({ system, settings, consumerSettings, key }: SnippetCell, address: string) {
  const broker = new URL(testBrokers()[system].url.replace(/^(?!\w+:\/\/)/, 'tcp://')).host
  const place = (text: string): SnippetContext => ({ broker, address, settings, consumer: null, text, key })
  // A group of its own for each: Kafka gives a killed program's share to others after its session only.
  const consumer = {
    name: 'worker-1',
    group: `${address}.${uniqueName('group')}`,
    settings: consumerSettings,
  }
  return { producing: place, consuming: { ...place(''), consumer } }
}

/** Sends the text again and again, since a consumer that has just started hears from its start on only. */
async function sendUntilPrinted(send: () => Promise<void>, text: string, consumer: Running): Promise<void> {
  await until(
    `"${text}" to be printed`,
    async () => {
      await send()
      if (consumer.output().includes(text)) return true
      throw new Error(consumer.output())
    },
    { timeoutMs: 60_000, everyMs: 250 },
  )
}

beforeAll(prepareOutsidePrograms, INSTALL_TIMEOUT_MS)
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()))
})
afterAll(() => Promise.all(running.map((one) => one.stop())))

describe.each(CELLS)('the programs for a $name do what they say', (cell) => {
  test('every consumer prints what the command sends, whatever is in it', { timeout: 120_000 }, async () => {
    const address = uniqueName('snip')
    await cell.make(address)
    const { producing, consuming } = placesOf(cell, address)
    for (const index of cell.snippets(consuming).keys()) {
      const snippet = cell.snippets(placesOf(cell, address).consuming)[index]
      if (!snippet) throw new Error('there is no such consumer')
      const text = `${HOSTILE} ${uniqueName(snippet.label)}`
      const command = cell.snippets(producing(text)).find(({ language }) => language === 'shell')
      if (!command) throw new Error('there is no command')
      const consumer = start(snippet)
      await sendUntilPrinted(() => toItsEnd(command), text, consumer)
      await consumer.stop()
    }
  })

  test('every producer sends exactly the text, whatever is in it', { timeout: 120_000 }, async () => {
    const address = uniqueName('snip')
    await cell.make(address)
    const { producing, consuming } = placesOf(cell, address)
    const [first] = cell.snippets(consuming)
    if (!first) throw new Error('there is no consumer')
    const consumer = start(first)
    const probe = uniqueName('probe')
    const producers = cell.snippets(producing(probe))
    const [command] = producers.filter(({ language }) => language === 'shell')
    if (command) await sendUntilPrinted(() => toItsEnd(command), probe, consumer)
    // Side by side: a program takes a second to start.
    await Promise.all(
      producers.map(async ({ label }, index) => {
        const text = `${UNPRINTABLE}${HOSTILE} ${uniqueName(label)}`
        const snippet = cell.snippets(producing(text))[index]
        if (!snippet) throw new Error('there is no producer')
        await toItsEnd(snippet)
        await until(`${label}'s text`, () => consumer.output().includes(`${text}\n`))
      }),
    )
  })

  test('each marks one line of its program', () => {
    const { producing, consuming } = placesOf(cell, 'a-name')
    for (const { code, line, without, label } of [
      ...cell.snippets(producing('text')),
      ...cell.snippets(consuming),
    ]) {
      expect(code.split('\n')[line - 1]?.trim(), label).toBeTruthy()
      expect(without).toMatch(/\.$/)
    }
  })
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { catalog } from '#lib/brokers/catalog.ts'
import { type TestBrokers, testBrokers, uniqueName } from '#test/support/brokers.ts'

/** Far longer than the program needs on a busy machine; one that is kept alive never ends. */
const ENDS_WITHIN_MS = 50_000
const SCRIPT = fileURLToPath(new URL('./support/close-and-exit.ts', import.meta.url))

it.each(catalog.map(({ id, modes }) => ({ system: id as keyof TestBrokers, modes: Object.keys(modes) })))(
  'drivers of $system keep no process alive once closed, whatever their mode',
  async ({ system, modes }) => {
    const task = { system, options: { ...testBrokers()[system], clientName: uniqueName('exit') } }
    const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, JSON.stringify(task)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: ENDS_WITHIN_MS,
      killSignal: 'SIGKILL',
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk))
    const [code, signal] = await once(child, 'close')
    const expected = modes.map((mode) => `${mode} heard, closed\n`).join('')
    expect({ code, signal, said }).toEqual({ code: 0, signal: null, said: expected })
  },
)

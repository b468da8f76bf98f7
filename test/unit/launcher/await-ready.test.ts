import { expect, test } from 'vitest'
import { recipe as redis } from '#lib/brokers/redis/recipe.ts'
import { awaitReady } from '#lib/launcher/start-broker.ts'
import type { SupervisedBroker } from '#lib/launcher/supervised-broker.ts'
import type { SupervisorState } from '#lib/launcher/supervisor-state.ts'
import { until } from '#test/support/until.ts'

type Phase = SupervisorState['phase']

/** A broker whose supervisor reports what the test says, at a port on which somebody answers at once. */
function scripted() {
  const launched = {
    ...{ url: 'redis://127.0.0.1:1', port: 1, extraPorts: [], addresses: {} },
    origin: 'child' as const,
  }
  const supervisor = { pid: process.pid, startTime: '' }
  const reported = { supervisor, broker: null, restarts: 0, lastLines: [] }
  const script = { phase: 'preparing' as Phase, reason: '', isReady: false, probes: 0 }
  const broker: SupervisedBroker = {
    ...{ folder: '/nowhere', launched, joined: false, movedAside: [] },
    state: () => ({ ...launched, ...reported, phase: script.phase, reason: script.reason }),
    isSupervised: () => true,
    markReady: async () => {
      script.isReady = true
    },
    isShared: () => false,
    setFault: async () => true,
    keepRunning: async () => undefined,
    release: async () => undefined,
  }
  const probe = async () => {
    script.probes += 1
    return { version: '7' }
  }
  return { script, ready: awaitReady(broker, { ...redis, probe }) }
}

test('a broker is not ready before its supervisor reports it as running, whoever answers on its port', async () => {
  const { script, ready } = scripted()
  await until('some answers', () => script.probes > 1)
  expect(script.isReady).toBe(false)
  script.phase = 'running'
  expect(await ready).toEqual({ version: '7' })
  expect(script.isReady).toBe(true)
})

test('a broker that ended before it ran is a failed start, although somebody answers on its port', async () => {
  const { script, ready } = scripted()
  const failed = expect(ready).rejects.toThrow('the port was taken')
  await until('an answer', () => script.probes > 0)
  script.phase = 'failed'
  script.reason = 'the port was taken'
  await failed
  expect(script.isReady).toBe(false)
})

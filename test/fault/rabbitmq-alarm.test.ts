import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LaunchPlan } from '#lib/brokers/recipe.ts'
import type { EventOf } from '#lib/protocol/events.ts'
import { startApp, type TestApp } from '#test/support/start-app.ts'
import { type OwnBroker, startOwnBroker } from '#test/support/start-brokers.ts'
import { until } from '#test/support/until.ts'

const TEST_TIMEOUT_MS = 120_000
const run = promisify(execFile)

let broker: OwnBroker
let app: TestApp
let plan: LaunchPlan
beforeAll(async () => {
  broker = await startOwnBroker('rabbitmq', (found) => {
    plan = found
    return found
  })
  const { url, managementUrl = '' } = broker
  app = await startApp({ brokers: { rabbitmq: { url, managementUrl } } })
}, TEST_TIMEOUT_MS)
afterAll(async () => {
  await app.close()
  await broker.close()
})

/** The broker's own tool, beside its server. */
const setMemoryLimit = (fraction: string) =>
  run(join(dirname(plan.command), 'rabbitmqctl'), ['set_vm_memory_high_watermark', fraction], {
    env: { ...process.env, ...plan.env },
  })

test(
  'a memory alarm is said as blocked by health and by the room, for as long as it lasts, and what is sent is refused with the reason',
  async () => {
    const room = await app.room()
    const status = async () => (await app.rooms.health()).brokers['rabbitmq']
    const send = async (text: string) => {
      const body = { system: 'rabbitmq', text }
      expect((await app.request('POST', `/api/rooms/${room}/messages`, body)).status).toBe(202)
    }
    const ofKind = async <K extends 'refused' | 'delivered'>(kind: K) =>
      (await app.events(room)).filter((event): event is EventOf<K> => event.kind === kind)
    await setMemoryLimit('0.00001')
    await until('it to be blocked', async () => (await status())?.status === 'blocked')
    expect(await status()).toMatchObject({ reason: expect.stringContaining('low on memory') })
    await send('too much')
    await until('the refusal', async () => (await ofKind('refused')).length === 1)
    const { consumers } = await app.snapshot(room)
    const workers = consumers.filter(({ system }) => system === 'rabbitmq')
    expect(workers.map(({ state }) => state)).toEqual(['attached', 'attached'])
    await setMemoryLimit('0.9')
    await until('it to be up', async () => (await status())?.status === 'up')
    await send('enough')
    await until('the delivery', async () => (await ofKind('delivered')).length === 1)
  },
  TEST_TIMEOUT_MS,
)

import { expect, it } from 'vitest'
import { AppError } from '#lib/protocol/errors.ts'
import { LOST, UP } from '#test/support/scripted-driver.ts'
import { until } from '#test/support/until.ts'
import { scriptRooms } from './scripted-rooms.ts'

const WORKER = 'rabbitmq:mailbox:worker-1'

it('a start while its broker is away or does not answer attaches it by itself once it can be; one that is refused stays detached', async () => {
  const { lobby, drivers } = await scriptRooms()
  const { rabbitmq } = drivers
  const stateNow = async () => (await lobby.snapshot()).consumers.find(({ id }) => id === WORKER)?.state
  const isAttached = async () => (await stateNow()) === 'attached'
  await lobby.commandConsumer(WORKER, 'crash')
  rabbitmq.setStatus(LOST)
  expect(await lobby.commandConsumer(WORKER, 'start')).toMatchObject({
    state: 'attaching',
    reason: 'broker-down',
  })
  rabbitmq.setStatus(UP)
  await until('attached once up', isAttached)
  await lobby.commandConsumer(WORKER, 'crash')
  let tries = 0
  rabbitmq.script.attach = async () => {
    tries += 1
    if (tries === 1) throw new AppError('broker-timeout', 'no answer')
  }
  expect((await lobby.commandConsumer(WORKER, 'start')).state).toBe('attaching')
  await until('attached', isAttached)
  await lobby.commandConsumer(WORKER, 'crash')
  rabbitmq.script.attach = async () => Promise.reject(new AppError('broker-refused', 'no'))
  await expect(lobby.commandConsumer(WORKER, 'start')).rejects.toMatchObject({ code: 'broker-refused' })
  expect(await stateNow()).toBe('detached')
})

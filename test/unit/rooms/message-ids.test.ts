import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { LOST, receiptOf, UP } from '#test/support/scripted-driver.ts'
import { until } from '#test/support/until.ts'
import { of, scriptRooms } from './scripted-rooms.ts'

describe('what a caller chooses', () => {
  it('an id that stands for a message is refused with other content, and with another destination, as id-in-use', async () => {
    const { lobby, drivers, events } = await scriptRooms()
    for (const { script } of Object.values(drivers)) script.publish = async () => receiptOf()
    const id = randomUUID()
    const redis = [{ system: 'redis' }]
    const first = { id, text: 'a', key: 'k', headers: { x: '1', y: '2' }, sender: 'Ada' }
    const { number } = await lobby.publish({ ...first, to: redis })
    const others = [
      { text: 'b' },
      { key: 'l' },
      { headers: { x: '1' } },
      { sender: 'Bo' },
      { settings: { a: 1 } },
    ]
    for (const other of others) {
      const publish = lobby.publish({ ...first, ...other, to: [{ system: 'kafka' }] })
      await expect(publish).rejects.toMatchObject({ code: 'id-in-use' })
    }
    await lobby.addDestination({ system: 'redis', mode: 'fanout', name: 'second' })
    const elsewhere = await lobby.publish({ ...first, to: [{ system: 'redis', destination: 'second' }] })
    expect(elsewhere.outcomes.redis).toMatchObject({ ok: false, code: 'id-in-use' })
    const again = await lobby.publish({ ...first, headers: { y: '2', x: '1' }, to: redis })
    expect(again).toMatchObject({ number, outcomes: { redis: { ok: true } } })
    const kafka = await lobby.publish({ ...first, to: [{ system: 'kafka' }] })
    expect(kafka).toMatchObject({ number, outcomes: { kafka: { ok: true } } })
    await until('two receipts', () => of(events, 'published').length === 2)
    expect(of(events, 'published').map(({ system, text }) => [system, text])).toEqual([
      ['redis', 'a'],
      ['kafka', undefined],
    ])
  })

  it('an id that no system took may be sent again with other content', async () => {
    const { lobby, drivers } = await scriptRooms()
    drivers.redis.setStatus(LOST)
    const id = randomUUID()
    await lobby.publish({ id, text: 'a', to: [{ system: 'redis' }] })
    drivers.redis.setStatus(UP)
    const second = await lobby.publish({ id, text: 'b', to: [{ system: 'redis' }] })
    expect(second.outcomes).toEqual({ redis: { ok: true } })
    expect(Buffer.from(drivers.redis.publishes[0]?.message.body ?? []).toString()).toBe('b')
  })

  it.each([
    ['rabbitmq', 'cloudEvents_id'],
    ['rabbitmq', 'cloudEvents_sender'],
    ['kafka', 'ce_id'],
    ['kafka', 'ce_source'],
  ])('a header that the driver of %s writes itself, %s, is refused by its name', async (system, name) => {
    const { lobby, drivers } = await scriptRooms()
    const publish = lobby.publish({ text: 'x', headers: { a: 'b', [name]: 'mine' }, to: [{ system }] })
    await expect(publish).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining(`"${name}"`),
      detail: { field: 'headers' },
    })
    for (const { publishes } of Object.values(drivers)) expect(publishes).toHaveLength(0)
  })
})

import { describe, expect, it } from 'vitest'
import { addDestinationSchema } from '#lib/protocol/command-schemas.ts'
import { scriptRooms } from './scripted-rooms.ts'

describe('a destination that has another name on its broker', () => {
  const named = { system: 'rabbitmq', mode: 'queue', name: 'orders', address: 'orders/eu high' } as const

  it('is declared and published to by that name, and goes by its own in the room', async () => {
    const { lobby, drivers } = await scriptRooms()
    expect(await lobby.addDestination(named)).toMatchObject({ name: 'orders', address: 'orders/eu high' })
    await lobby.publish({ text: 'x', to: [{ system: 'rabbitmq', destination: 'orders' }] })
    expect(drivers.rabbitmq.publishes.at(-1)?.address).toBe('orders/eu high')
  })

  it('is not owned by its room, whichever that is: it is used as it is, and forgotten with the room', async () => {
    const { rooms, drivers } = await scriptRooms()
    const { room } = await rooms.create('den')
    await room.awake()
    await room.addDestination(named)
    expect(drivers.rabbitmq.declared.at(-1)).toMatchObject({ address: 'orders/eu high', owned: false })
    await rooms.remove('den')
    expect(drivers.rabbitmq.removed).toEqual(['sb.den.mailbox', 'orders/eu high'])
  })

  it('cannot be one of another room, nor one that the room has already', async () => {
    const { rooms, lobby } = await scriptRooms()
    const { room } = await rooms.create('den')
    await expect(room.addDestination({ ...named, address: 'sb.lair.mailbox' })).rejects.toMatchObject({
      code: 'invalid',
      detail: { field: 'address' },
    })
    await expect(lobby.addDestination({ ...named, address: 'mailbox' })).rejects.toMatchObject({
      code: 'name-taken',
    })
  })

  it('is checked: bytes, not characters, count; what nobody sees and what turns text about is refused', () => {
    const accepts = (address: string) => addDestinationSchema.safeParse({ ...named, address }).success
    expect(['a/b c', 'alerts:eu', 'grün', 'x'.repeat(255)].map(accepts)).toEqual([true, true, true, true])
    const written = ['⚠️ alerts', 'می‌خواهم', ' a ']
    expect(written.map(accepts)).toEqual(written.map(() => true))
    const refused = [
      '',
      'a\nb',
      'ü'.repeat(128),
      '\ud800',
      '  ',
      'a\u202eb',
      'a\u2066b',
      'a\u200bb',
      '\ufeffa',
    ]
    expect(refused.map(accepts)).toEqual(refused.map(() => false))
  })
})

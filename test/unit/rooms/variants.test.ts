import { describe, expect, it } from 'vitest'
import { scriptRooms } from './scripted-rooms.ts'

describe('a destination whose settings make it a variant of its mode', () => {
  const list = { system: 'redis', mode: 'queue', name: 'line', settings: { kind: 'list' } } as const
  const makeLine = async () => {
    const scripted = await scriptRooms()
    await scripted.lobby.addDestination(list)
    return scripted
  }

  it('is refused what the variant lacks, with the reason, though its mode has it', async () => {
    const { lobby } = await makeLine()
    await expect(lobby.updateDestination('redis:line', { maxAttempts: 3 })).rejects.toMatchObject({
      code: 'not-capable',
      message: expect.stringContaining('list'),
      detail: { power: 'alter' },
    })
    const settings = { reads: 'dead-letters' }
    await expect(
      lobby.addConsumer({ system: 'redis', destination: 'line', name: 'undertaker', settings }),
    ).rejects.toMatchObject({ code: 'not-capable', detail: { power: 'deadLetters' } })
    await lobby.addDestination({ ...list, name: 'jobs', settings: {} })
    expect((await lobby.updateDestination('redis:jobs', { maxAttempts: 3 })).settings).toMatchObject({
      maxAttempts: 3,
    })
  })

  it('sends no headers where the variant has none, and still sends the text', async () => {
    const { lobby, drivers } = await makeLine()
    const send = { to: [{ system: 'redis', destination: 'line' }], text: 'bare', headers: { a: '1' } }
    await lobby.publish({ ...send })
    expect(drivers.redis.publishes.at(-1)?.message).not.toHaveProperty('headers')
    expect(String(drivers.redis.publishes.at(-1)?.message.body)).toBe('bare')
  })

  it("gives its consumers the variant's settings only", async () => {
    const { lobby } = await makeLine()
    const { settings } = await lobby.addConsumer({ system: 'redis', destination: 'line', name: 'clerk' })
    expect(settings).not.toHaveProperty('heartbeat')
    expect(settings).toMatchObject({ ackMode: 'automatic', prefetch: 10 })
    const changed = await lobby.updateConsumer('redis:line:clerk', { prefetch: 1 })
    expect(changed.settings).toMatchObject({ prefetch: 1 })
  })
})

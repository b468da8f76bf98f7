import { describe, expect, test } from 'vitest'
import { accessCommands, dashboardCommands, presenceCommands, roomCommands } from '#lib/commands/handlers.ts'
import { ROLES } from '#lib/protocol/command-definition.ts'
import { commandNamed, commandNames } from '#lib/protocol/command-table.ts'
import { errorCodes } from '#lib/protocol/errors.ts'

const handlers = {
  room: roomCommands,
  dashboard: dashboardCommands,
  presence: presenceCommands,
  access: accessCommands,
}

describe('the table of commands', () => {
  test.each(commandNames)('says what %s needs, what it acts on, and which errors it can end in', (name) => {
    const { needs, actsOn, summary, errors } = commandNamed(name)
    expect(ROLES).toContain(needs)
    expect(handlers[actsOn]).toHaveProperty([name])
    expect(summary).not.toBe('')
    expect(errors.filter((code) => !errorCodes.includes(code))).toEqual([])
  })

  test('gives every command an HTTP address of its own, except those on a socket’s presence', () => {
    const addresses = commandNames.flatMap((name) => {
      const { http } = commandNamed(name)
      return http === null ? [] : [`${http.method} ${http.path}`]
    })
    expect(new Set(addresses).size).toBe(addresses.length)
    const withoutAddress = commandNames.filter((name) => commandNamed(name).http === null)
    expect(withoutAddress).toEqual(commandNames.filter((name) => commandNamed(name).actsOn === 'presence'))
  })

  test('lets anyone come in, participants read and send, and only presenters steer', () => {
    const by = (role: string) => commandNames.filter((name) => commandNamed(name).needs === role).sort()
    expect(by('anyone')).toEqual(['access:get', 'access:join', 'lesson:get', 'lesson:list', 'room:leave'])
    expect(by('participant')).toEqual([
      'access:share',
      'consumer:command',
      'consumer:remove',
      'consumer:update',
      'destination:browse',
      'lesson:here',
      'message:publish',
      'person:update',
      'room:events',
      'room:get',
      'room:join',
      'room:scene',
      'seat:drop',
      'seat:leave',
      'seat:take',
      'vote:cast',
    ])
    expect(by('presenter')).toEqual([
      'access:presenter-link',
      'broker:fault',
      'broker:retry',
      'consumer:add',
      'consumer:fault',
      'destination:add',
      'destination:declare',
      'destination:list',
      'destination:remove',
      'destination:update',
      'lesson:close',
      'lesson:move',
      'lesson:open',
      'load:start',
      'load:stop',
      'person:mute',
      'person:remove',
      'person:show',
      'room:create',
      'room:list',
      'room:remove',
      'room:reset',
      'seats:update',
      'vote:close',
      'vote:open',
      'vote:reveal',
    ])
  })
})

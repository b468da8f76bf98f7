import { describe, expect, test } from 'vitest'
import { dashboardCommands, presenceCommands, roomCommands } from '#lib/commands/handlers.ts'
import { ROLES } from '#lib/protocol/command-definition.ts'
import { commandNamed, commandNames } from '#lib/protocol/command-table.ts'
import { errorCodes } from '#lib/protocol/errors.ts'

const handlers = { room: roomCommands, dashboard: dashboardCommands, presence: presenceCommands }

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

  test('lets anyone read, participants send, and only presenters steer', () => {
    const by = (role: string) => commandNames.filter((name) => commandNamed(name).needs === role).sort()
    expect(by('anyone')).toEqual([
      'lesson:get',
      'lesson:list',
      'room:events',
      'room:get',
      'room:join',
      'room:leave',
      'room:scene',
    ])
    expect(by('participant')).toEqual([
      'consumer:add',
      'consumer:command',
      'consumer:remove',
      'consumer:update',
      'message:publish',
      'person:update',
      'room:create',
      'seat:drop',
      'seat:leave',
      'seat:take',
      'vote:cast',
    ])
    expect(by('presenter')).toEqual([
      'broker:retry',
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
      'person:show',
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

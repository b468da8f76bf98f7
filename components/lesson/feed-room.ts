import type { Feed } from '#lib/feed/feed.ts'
import type { LessonRoom } from '#lib/lessons/steps.ts'
import type { ConsumerCommand } from '#lib/protocol/command-schemas.ts'
import type { CommandInput, CommandName, CommandOutput } from '#lib/protocol/command-table.ts'
import type { ErrorCode } from '#lib/protocol/errors.ts'
import type { ConsumerState } from '#lib/protocol/room.ts'
import { errorWords } from '../words/errors.ts'

/** The state that a command brings a consumer into. */
const STATE_AFTER: Partial<Record<ConsumerCommand, ConsumerState>> = {
  pause: 'paused',
  resume: 'attached',
  crash: 'crashed',
  start: 'attached',
}

/**
 * The room that the browser has joined, for the steps of a lesson. What is so already counts as done: another presenter may
 * do the same step at the same time, or this page have been reloaded in the middle of it.
 */
export function lessonRoomOf(feed: Feed): LessonRoom {
  const ask = async <C extends CommandName>(
    name: C,
    input: CommandInput<C>,
    isDone: (code: ErrorCode) => boolean = () => false,
  ): Promise<CommandOutput<C> | null> => {
    const reply = await feed.command(name, input)
    if (reply.ok) return reply.value
    if (isDone(reply.code)) return null
    throw new Error(errorWords(reply.code, reply))
  }
  const needed = async <C extends CommandName>(
    name: C,
    input: CommandInput<C>,
  ): Promise<CommandOutput<C>> => {
    const value = await ask(name, input)
    if (value === null) throw new Error('The dashboard did not answer.')
    return value
  }
  return {
    publish: (input) => needed('message:publish', input),
    startLoad: (input) => needed('load:start', input),
    addConsumer: (input) => ask('consumer:add', input, (code) => code === 'name-taken'),
    removeConsumer: (consumer) =>
      ask('consumer:remove', { consumer }, (code) => code === 'consumer-not-found'),
    updateConsumer: (consumer, settings) => ask('consumer:update', { consumer, settings }),
    updateDestination: (destination, settings) => ask('destination:update', { destination, settings }),
    faultConsumer: (consumer, fault) => ask('consumer:fault', { consumer, fault }),
    commandConsumer: (consumer, command, given) =>
      ask(
        'consumer:command',
        { consumer, command, ...given },
        () => feed.views.pane(consumer)?.consumer.state === STATE_AFTER[command],
      ),
  }
}

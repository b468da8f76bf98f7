import { BATCH_MAX_EVENTS } from '#lib/protocol/limits.ts'
import type { CommandInput, CommandName, CommandOutput } from '#lib/protocol/socket.ts'
import type { Rooms } from '#lib/rooms/contract.ts'
import { onePacket } from './batcher.ts'
import type { Session } from './session.ts'

export interface CommandContext {
  session: Session
  rooms: Rooms
}

type Act<C extends CommandName> = (
  context: CommandContext,
  input: CommandInput<C>,
) => CommandOutput<C> | Promise<CommandOutput<C>>

/**
 * What each command does. Everything up to the first `await` runs in the order in which a socket sent its commands, so
 * its messages keep their order.
 */
export const acts: { [C in CommandName]: Act<C> } = {
  'room:join': ({ session }, input) => ({ snapshot: session.join(input) }),
  'room:leave': ({ session }) => {
    session.leave()
    return {}
  },
  'room:events': ({ session }, { since }) => {
    const page = session.here().room.eventsSince(since, BATCH_MAX_EVENTS)
    return { ...page, events: onePacket(page.events) }
  },
  'person:update': ({ session }, input) => {
    session.update(input)
    return {}
  },
  'message:publish': ({ session }, input) => {
    const { room, person } = session.here()
    return room.publish({ ...input, sender: input.sender ?? person.name }, person.colour)
  },
  'consumer:add': ({ session }, input) => session.here().room.addConsumer(input),
  'consumer:update': ({ session }, input) =>
    session.here().room.updateConsumer(input.consumer, input.settings),
  'consumer:remove': async ({ session }, input) => {
    await session.here().room.removeConsumer(input.consumer)
    return {}
  },
  'consumer:command': ({ session }, { consumer, command, ...given }) =>
    session.here().room.commandConsumer(consumer, command, given),
  'destination:add': ({ session }, input) => session.here().room.addDestination(input),
  'destination:update': ({ session }, input) =>
    session.here().room.updateDestination(input.destination, input.settings),
  'destination:remove': async ({ session }, input) => {
    await session.here().room.removeDestination(input.destination)
    return {}
  },
  'load:start': ({ session }, input) => session.here().room.startLoad(input),
  'load:stop': ({ session }, input) => {
    session.here().room.stopLoad(input.system)
    return {}
  },
  'broker:retry': ({ rooms }, input) => {
    rooms.retryBroker(input.system)
    return {}
  },
}

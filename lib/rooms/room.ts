import { AppError } from '#lib/protocol/errors.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import { CONSUMER_REASONS, type RoomSnapshot } from '#lib/protocol/room.ts'
import { createSignal } from '#lib/util/emitter.ts'
import type { ConsumerLife } from './consumer-life.ts'
import type { Room } from './contract.ts'
import { createRoomParts, type RoomOptions } from './room-parts.ts'

/** A room with the powers of whoever made it. */
export interface OwnedRoom extends Room {
  /**
   * Ends everything it does and lets go of its consumers. With `forGood` it tells its listeners that it is closed and
   * takes its own destinations from the brokers; those that could not be reached are the answer. Idempotent.
   */
  close(options: { forGood: boolean }): Promise<Leftover[]>
}

/** Something of a closed room that is still on its broker. */
export interface Leftover {
  system: SystemId
  address: string
}

/** Closing waits this long for consumers to leave; what hangs longer ends with its driver. */
const LEAVE_DEADLINE_MS = 4_000

export function createRoom(options: RoomOptions): OwnedRoom {
  const parts = createRoomParts(options)
  const { ctx, wakefulness, destinations, consumers, topology, people, loads, publish } = parts
  const { stream, slots } = ctx
  const closedSignal = createSignal<void>()
  let closing: Promise<Leftover[]> | undefined

  function touch(): void {
    if (closing !== undefined) throw new AppError('room-not-found', `the room "${options.name}" is closed`)
    wakefulness.touch()
  }

  function snapshot(): RoomSnapshot {
    return {
      ...{ room: stream.room, epoch: stream.epoch, seq: stream.seq, firstSeq: stream.firstSeq },
      number: ctx.messages.number,
      destinations: destinations.list().map((life) => life.now),
      consumers: consumers.list().map((life) => life.now),
      people: people.list(),
      brokers: slots.systems.map((system) => slots.status(system)),
      loads: loads.list(),
    }
  }

  async function awake(): Promise<void> {
    touch()
    await Promise.all(slots.systems.map((system) => topology.settled(system)))
  }

  /** A consumer as a command finds it: a room that is just waking attaches it first. */
  async function found(id: string): Promise<ConsumerLife> {
    touch()
    const life = consumers.byId(id)
    const { state, reason, system } = life.now
    if (state === 'attaching' || reason === CONSUMER_REASONS.asleep) await topology.settled(system)
    return life
  }

  const destinationOf = ({ now: { system, destination } }: ConsumerLife) =>
    destinations.named(system, destination)

  async function closeNow(forGood: boolean): Promise<Leftover[]> {
    if (forGood) closedSignal.emit()
    await parts.stop()
    const leaving = consumers.list().map((life) => (forGood ? consumers.remove(life) : life.sleep()))
    await within(Promise.all(leaving), LEAVE_DEADLINE_MS)
    const leftovers = forGood ? await removeOwned() : []
    stream.close()
    closedSignal.clear()
    return leftovers
  }

  async function removeOwned(): Promise<Leftover[]> {
    const leftovers: Leftover[] = []
    for (const { now: there, spec } of destinations.list().filter((life) => life.spec.owned)) {
      try {
        await slots.driver(there.system)?.remove(spec.address)
      } catch (error) {
        ctx.log.warn({ err: error, system: there.system, address: spec.address }, 'could not be removed')
        leftovers.push({ system: there.system, address: spec.address })
      }
    }
    return leftovers
  }

  return {
    name: options.name,
    snapshot,
    eventsSince: stream.page,
    onEvent: stream.onEvent,
    onClosed: closedSignal.on,
    watch: () => {
      touch()
      return wakefulness.watch()
    },
    touch,
    awake,
    enter: people.enter,
    updatePerson: people.update,
    publish: async (input, senderColour) => {
      touch()
      return await publish(input, senderColour)
    },
    addDestination: async (input) => {
      touch()
      return (await destinations.add(input, topology.session(input.system))).now
    },
    updateDestination: async (id, settings) => {
      touch()
      return (await destinations.update(id, settings)).now
    },
    removeDestination: async (id) => {
      touch()
      const { stays, now: there } = destinations.byId(id)
      if (!stays) await Promise.all(consumers.of(there.id).map(consumers.remove))
      await destinations.remove(id)
    },
    addConsumer: async ({ system, destination, ...input }) => {
      touch()
      const to = destinations.named(system, destination)
      if (to.now.state === 'pending') await topology.settled(system)
      return (await consumers.add(to, input)).now
    },
    updateConsumer: async (id, settings) => {
      const life = await found(id)
      await consumers.update(life, destinationOf(life), settings)
      return life.now
    },
    removeConsumer: async (id) => {
      touch()
      await consumers.remove(consumers.byId(id))
    },
    commandConsumer: async (id, command, given = {}) => {
      const life = await found(id)
      await consumers.command(life, destinationOf(life), command, given)
      return life.now
    },
    startLoad: (input) => {
      touch()
      const to = destinations.named(input.system, input.destination)
      return loads.start(input, to, topology.gate(input.system))
    },
    stopLoad: (system) => {
      touch()
      loads.stop(system)
    },
    close: ({ forGood }) => {
      closing ??= closeNow(forGood)
      return closing
    },
  }
}

async function within(work: Promise<unknown>, deadlineMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadlineMs)
  })
  await Promise.race([work, deadline])
  clearTimeout(timer)
}

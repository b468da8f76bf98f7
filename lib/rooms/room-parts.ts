import { catalog } from '#lib/brokers/catalog.ts'
import type { DriverLog } from '#lib/brokers/contract.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { ROOM_IDLE_MS } from '#lib/protocol/limits.ts'
import { now } from '#lib/util/clock.ts'
import { createBrokerEvents } from './broker-events.ts'
import { createConsumers } from './consumers.ts'
import type { RoomContext, Trouble } from './context.ts'
import type { BrokerSlots } from './contract.ts'
import { createDestinations } from './destinations.ts'
import { createFactsPoll } from './facts-poll.ts'
import { followBrokers } from './follow-brokers.ts'
import { createLoads } from './loads.ts'
import { createNaming } from './naming.ts'
import { createPeople } from './people.ts'
import { createPublishing } from './publishing.ts'
import { createSentTable } from './sent-table.ts'
import { createStream } from './stream.ts'
import { createTopology } from './topology.ts'
import { createWakefulness } from './wakefulness.ts'

export interface RoomOptions {
  name: string
  epoch: string
  slots: BrokerSlots
  log: DriverLog
  /** How long a room stays awake that nobody watches, milliseconds. */
  idleMs?: number
  /** Hears every event of the room, the first included. */
  onEvent?: (event: RoomEvent) => void
}

/** Everything a room is made of, wired together, its classic destinations and consumers entered. */
export function createRoomParts({ name, epoch, slots, log, onEvent, idleMs = ROOM_IDLE_MS }: RoomOptions) {
  const messages = createSentTable()
  const stream = createStream({ epoch, room: name, messages })
  if (onEvent !== undefined) stream.onEvent(onEvent)
  const naming = createNaming(name)
  const ctx: RoomContext = {
    ...{ room: name, naming, stream, messages, slots, log, deliveries: { highest: 0 } },
    isAwake: () => wakefulness.awake,
    fault: (trouble: Trouble) => {
      log.warn({ room: name, ...trouble }, 'trouble in a room')
      stream.emit({ kind: 'fault', at: now(), evidence: 'client', ...trouble })
    },
  }
  const brokerEvents = createBrokerEvents(ctx)
  const destinations = createDestinations(ctx, (system) => void topology.sync(system))
  const consumers = createConsumers(ctx)
  const topology = createTopology(ctx, { destinations: destinations.of, consumers: consumers.of })
  const facts = createFactsPoll(ctx, destinations.list)
  const loads = createLoads(ctx)
  const people = createPeople(stream)
  const publish = createPublishing(ctx, {
    destination: destinations.named,
    consumers: consumers.of,
    gate: topology.gate,
  })
  const wakefulness = createWakefulness({
    idleMs,
    isBusy: () => loads.running,
    onWake: () => {
      brokerEvents.catchUp()
      facts.start()
      for (const system of slots.systems) void topology.sync(system)
    },
    onSleep: () => {
      facts.stop()
      for (const life of consumers.list()) void life.sleep()
    },
  })
  enterClassics(slots, destinations, consumers)
  const unfollow = followBrokers(ctx, {
    destination: destinations.byAddress,
    onStatus: brokerEvents.take,
    onUp: (system) => {
      topology.renew(system)
      void topology.sync(system)
    },
    onAway: (system) => {
      loads.fail(system)
      for (const life of destinations.of(system)) facts.forget(life.now.id)
    },
    onReplaced: (system) => {
      for (const life of consumers.list()) if (life.now.system === system) life.forget()
    },
  })

  async function stop(): Promise<void> {
    wakefulness.close()
    facts.stop()
    loads.stop()
    people.close()
    destinations.close()
    topology.close()
    await unfollow()
  }

  return { ctx, wakefulness, destinations, consumers, topology, people, loads, publish, stop }
}

function enterClassics(
  slots: BrokerSlots,
  destinations: ReturnType<typeof createDestinations>,
  consumers: ReturnType<typeof createConsumers>,
): void {
  for (const manifest of catalog.filter(({ id }) => slots.systems.includes(id))) {
    const destination = destinations.addClassic(manifest, manifest.classic)
    for (const consumer of manifest.classic.consumers) consumers.enter(destination, consumer)
  }
}

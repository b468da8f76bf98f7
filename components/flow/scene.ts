import type { Drawing } from '#lib/brokers/contract.ts'
import type { Feed } from '#lib/feed/feed.ts'
import type { DestinationView } from '#lib/ledger/model/views.ts'
import type { Facts } from '#lib/protocol/facts.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { ConsumerState, Person } from '#lib/protocol/room.ts'
import { isEmptyPlace, type LaneRef, lanePlaces } from '../feed/lane-ref.ts'

/** What the Flow draws: producers, brokers and consumers, as plain data without positions. */

export interface FlowProducer {
  /** A person's id, `PROGRAMS`, `OTHERS` or the id of a person who left. */
  id: string
  label: string
  note: string | null
  you: boolean
  /** The person's colour in the list of people; null for anything but one person. */
  colour: number | null
  /** No longer in the room. */
  gone?: true
  /** The sender names whose messages start here. */
  names: readonly string[]
}

export interface FlowConsumer {
  id: string
  name: string
  group: string | null
  state: ConsumerState
  partitions: readonly number[]
  rebalancing: boolean
  readsDeadLetters: boolean
}

export interface FlowLane {
  key: string
  ref: LaneRef
  entry: Drawing['entry']
  store: Drawing['store']
  consumers: readonly FlowConsumer[]
  /** The partition numbers of a log; empty for other stores. */
  partitions: readonly number[]
  /** The destination has dead letters. */
  hasDeadLetters: boolean
}

export interface FlowScene {
  producers: readonly FlowProducer[]
  lanes: readonly FlowLane[]
  /** Systems on which the room has no destination, with their positions among all. */
  empty: readonly { system: SystemId; position: number }[]
}

/** How many people are drawn individually; the others share one box. */
const PEOPLE_SHOWN = 3
export const PROGRAMS = 'programs'
const OTHERS = 'others'
/** The id of a person who wrote here and is no longer in the room under that name. */
const goneId = (name: string): string => `gone ${name}`

export const laneKey = (system: string, destination: string): string => `${system}/${destination}`

function personNode(person: Person, myId: string): FlowProducer {
  return {
    id: person.id,
    label: person.name,
    note: person.id === myId ? 'you' : null,
    you: person.id === myId,
    colour: person.colour,
    names: [person.name],
  }
}

const programsNode: FlowProducer = {
  id: PROGRAMS,
  label: 'Programs',
  note: null,
  you: false,
  colour: null,
  names: [],
}

function producersOf(feed: Feed, shown: number): FlowProducer[] {
  const { views, me } = feed
  const mine = views.people.filter(({ id }) => id === me.id)
  const people = [...mine, ...views.people.filter(({ id }) => id !== me.id)]
  const single = people.length > shown ? people.slice(0, shown - 1) : people
  const rest = people.slice(single.length)
  const nodes = single.map((person) => personNode(person, me.id))
  if (rest.length > 0) {
    nodes.push({
      ...programsNode,
      id: OTHERS,
      label: `${rest.length} others`,
      note: null,
      names: rest.map(({ name }) => name),
    })
  }
  return [...nodes, ...goneNodes(feed), programsNode]
}

/** What a message itself says of its sender. */
interface Authorship {
  sender?: string | null
  senderColour?: number | null
  outside?: boolean
  load?: string | null
}

/** Only people on a page of this room have a colour; programs that write over HTTP have a name at most. */
const isByPerson = ({ sender, senderColour, outside, load }: Authorship): boolean =>
  Boolean(sender) && typeof senderColour === 'number' && !outside && !load

/** The traced message's sender is drawn even when the room no longer lists them. */
function goneNodes({ views, trace }: Feed): FlowProducer[] {
  const message = trace.messageId === null ? undefined : views.message(trace.messageId)
  if (!message?.sender || !isByPerson(message)) return []
  const { sender, senderColour } = message
  if (views.people.some(({ name }) => name === sender)) return []
  const id = goneId(sender)
  return [
    { id, label: sender, note: 'was here', you: false, colour: senderColour, gone: true, names: [sender] },
  ]
}

/** Also for a queue that is built on a log: its facts have partitions too. */
export function partitionsOf(facts: Facts | undefined): readonly number[] {
  if (!facts || facts.mode === 'fanout') return []
  return facts.partitions.map(({ partition }) => partition)
}

function lanePartitions(ref: LaneRef, view: DestinationView | undefined): readonly number[] {
  const known = partitionsOf(view?.facts?.facts)
  if (known.length > 0) return known
  // Before the broker's first facts: as many as the settings ask for, or one.
  const asked = Number(view?.destination.settings.partitions ?? ref.manifest.classic.settings.partitions)
  return Array.from({ length: Number.isInteger(asked) && asked > 0 ? asked : 1 }, (_, index) => index)
}

function laneOf({ views }: Feed, ref: LaneRef): FlowLane {
  const { manifest, modeManifest, destination } = ref
  const view = views.destination(manifest.id, destination)
  const facts = view?.facts?.facts
  return {
    key: laneKey(manifest.id, destination),
    ref,
    entry: modeManifest.drawing.entry,
    store: modeManifest.drawing.store,
    partitions: modeManifest.drawing.store === 'log' ? lanePartitions(ref, view) : [],
    hasDeadLetters: facts?.mode === 'queue' && facts.deadLetters !== null,
    consumers: (view?.consumers ?? []).map((consumer) => ({
      id: consumer.id,
      name: consumer.name,
      group: consumer.group ?? null,
      state: consumer.state,
      partitions: views.pane(consumer.id)?.partitions ?? [],
      rebalancing: consumer.group !== undefined && (view?.rebalancing.has(consumer.group) ?? false),
      readsDeadLetters: consumer.role === 'dead-letters',
    })),
  }
}

/** The room's current topology. `people`: how many are drawn individually. */
export const sceneOf = (feed: Feed, people = PEOPLE_SHOWN): FlowScene => ({
  producers: producersOf(feed, people),
  lanes: lanePlaces(feed)
    .filter((ref) => !isEmptyPlace(ref))
    .map((ref) => laneOf(feed, ref)),
  empty: lanePlaces(feed).flatMap((ref, position) =>
    isEmptyPlace(ref) ? [{ system: ref.manifest.id, position }] : [],
  ),
})

/** Changes when the drawing needs a new layout. */
export const sceneSignature = (feed: Feed): string =>
  JSON.stringify(sceneOf(feed), (key, value: unknown) => (key === 'ref' ? undefined : value))

/**
 * The id of the producer that a message comes from. A sender whom the room does not know is a program; a person who left
 * has an id of their own, which the scene holds only while their message is traced.
 */
export const producerOf = (scene: FlowScene, message: Authorship): string => {
  const { sender } = message
  if (message.outside || message.load || !sender) return PROGRAMS
  const here = scene.producers.find(({ names }) => names.includes(sender))
  return here?.id ?? (isByPerson(message) ? goneId(sender) : PROGRAMS)
}

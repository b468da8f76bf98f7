import type { Scene } from '#lib/brokers/contract.ts'
import type { Feed } from '#lib/feed/feed.ts'
import type { DestinationView } from '#lib/ledger/model/views.ts'
import type { Facts } from '#lib/protocol/facts.ts'
import type { ConsumerState, Person } from '#lib/protocol/room.ts'
import { type LaneRef, laneRefs } from '../feed/lane-ref.ts'

/** What stands in the flow: who writes, what each broker is made of, who receives. Plain data, no places yet. */

export interface FlowProducer {
  /** A person's id, or one of those below. */
  id: string
  label: string
  note: string | null
  you: boolean
  /** As the people's list draws the person; null for what is no single person. */
  colour: number | null
  /** No longer in the room. */
  gone?: true
  /** Senders' names that are drawn as coming from here. */
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
  entry: Scene['entry']
  store: Scene['store']
  consumers: readonly FlowConsumer[]
  /** Numbers of the partitions a log consists of. */
  partitions: readonly number[]
  /** Messages nobody could finish have a place to fall to. */
  hasDeadLetters: boolean
}

export interface FlowScene {
  producers: readonly FlowProducer[]
  lanes: readonly FlowLane[]
}

/** People drawn each for themselves; the others share one place. */
const PEOPLE_SHOWN = 3
export const PROGRAMS = 'programs'
const OTHERS = 'others'
/** Somebody who wrote here and is not in the room, or not by that name. */
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

/** What is known of who wrote a message, from the message itself. */
interface Written {
  sender?: string | null
  senderColour?: number | null
  outside?: boolean
  load?: string | null
}

/** Only people at a page of this room have a colour: programs that write by HTTP give a name at most. */
const isByPerson = ({ sender, senderColour, outside, load }: Written): boolean =>
  Boolean(sender) && typeof senderColour === 'number' && !outside && !load

/** Who wrote the traced message stands in the picture, also when the room's list names them no more. */
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

/** A queue made of shares of a log tells of its partitions too. */
export function partitionsOf(facts: Facts | undefined): readonly number[] {
  if (!facts || facts.mode === 'fanout') return []
  return facts.partitions.map(({ partition }) => partition)
}

function lanePartitions(ref: LaneRef, view: DestinationView | undefined): readonly number[] {
  const known = partitionsOf(view?.facts?.facts)
  if (known.length > 0) return known
  // Before the broker's first word: as many as were asked for, one where there is no such setting.
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
    entry: modeManifest.scene.entry,
    store: modeManifest.scene.store,
    partitions: modeManifest.scene.store === 'log' ? lanePartitions(ref, view) : [],
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

/** The room's topology as it stands. `people`: how many are drawn each for themselves. */
export const sceneOf = (feed: Feed, people = PEOPLE_SHOWN): FlowScene => ({
  producers: producersOf(feed, people),
  lanes: laneRefs(feed).map((ref) => laneOf(feed, ref)),
})

/** Changes when the still picture has to be laid out anew. */
export const sceneSignature = (feed: Feed): string =>
  JSON.stringify(sceneOf(feed), (key, value: unknown) => (key === 'ref' ? undefined : value))

/**
 * Where a message is drawn as coming from. A sender whom the room does not know is a program, or wrote by HTTP; a person
 * who was here is drawn while the scene shows them, and as coming from nowhere else.
 */
export const producerOf = (scene: FlowScene, message: Written): string => {
  const { sender } = message
  if (message.outside || message.load || !sender) return PROGRAMS
  const here = scene.producers.find(({ names }) => names.includes(sender))
  return here?.id ?? (isByPerson(message) ? goneId(sender) : PROGRAMS)
}

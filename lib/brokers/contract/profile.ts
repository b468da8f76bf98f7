import type { Mode, SystemId } from '#lib/protocol/names.ts'
import type { Settings } from '#lib/protocol/room.ts'

/*
 * What of a manifest is words and flags. The page's first script holds the profile of every system, and neither schemas nor
 * programs, which come after it.
 */

/** What a destination of one mode on one system can do. A screen asks this, never which system it is. */
export interface Can {
  /** Several consumers share the work of one group name. */
  groups: boolean
  /** Messages are settled one by one (ack, requeue, reject). */
  settle: boolean
  /** A group's position is committed as a range. */
  commit: boolean
  pause: boolean
  crash: boolean
  /** What was sent while a consumer was away waits for it. */
  keepsForAbsent: boolean
  /** Old messages can be read again: a consumer can `seek`. */
  replay: boolean
  /** What is kept can be looked at without being consumed. */
  browse: boolean
  /** A message nobody could finish goes to a place of its own, which consumers of the role `dead-letters` read. */
  deadLetters: boolean
  /** A destination's settings can be changed while it is in use. */
  alter: boolean
  /** Nobody listening means that the message is gone. */
  lossyWithoutListeners: boolean
  /** A poison message makes the consumers that process it fail. False: nothing fails at one here, or none can come. */
  poison: boolean
  /** A consumer that fails at a record can be moved past it: `skip`. Elsewhere the broker has its own way, or none is needed. */
  skip: boolean
  /** What `key` means here; null where there is no such thing. `sub-channel`: it is added to the channel's name. */
  key: 'routing-key' | 'partition-key' | 'sub-channel' | null
  /** Metadata can ride beside the body. */
  headers: boolean
}

/** How a mode is drawn in the Flow: producers on the left, consumers on the right, and between them this. */
export interface Drawing {
  /** What takes a message in, by its word on the broker. */
  entry: { word: string; shape: 'exchange' | 'publish' | 'partitioner' | 'append' }
  /**
   * What keeps it. `queue`: one line that all consumers share. `queues`: a line of its own for each consumer. `wire`:
   * nothing is kept. `log`: partitions, read by position.
   */
  store: 'queue' | 'queues' | 'wire' | 'log'
}

/** A destination or consumer that exists in the lobby from the start. */
export interface ClassicDestination {
  mode: Mode
  name: string
  settings: Settings
  consumers: Array<{ name: string; group?: string; settings?: Settings }>
}

/** What a mode of one system is, in words and flags. `ModeManifest` adds what parses and computes. */
export interface ModeProfile {
  /** The system's own word for such a destination: "queue", "channel", "topic". */
  noun: string
  /** The system's own word for a consumer there: "worker", "subscriber", "reader". */
  consumerNoun: string
  can: Can
  /** Destination settings that say how the dashboard uses it: changing them changes nothing on the broker. */
  ownUse?: readonly string[]
  /**
   * How a person's own consumer is made, which that person works by hand. `max`: how many of them one destination may have,
   * where each costs its broker or this process more than others do.
   */
  seat?: { settings?: Settings; max?: number }
  /** The destination that choosing this mode for the first time makes. */
  starter: Omit<ClassicDestination, 'mode'>
  drawing: Drawing
  /** What a message's receipt is called: "confirmed", "heard by N". */
  receiptNoun: string
  /** The system's own command for a publish, shown beside its answer: "PUBLISH". */
  publishCommand: string
  /** One line for a pane in which nothing has arrived yet: a strong start and the rest. */
  empty: { strong: string; rest: string }
  /**
   * Where what a consumer holds is settled and kept: what becomes of it when the consumer crashes. `requeued`: the broker
   * notices and has it ready again. `pending`: it stays the consumer's until another one takes it over. Absent: `requeued`.
   */
  unackedAfterCrash?: 'requeued' | 'pending'
  /** Of a queue: what is settled stays stored until it is trimmed away. Absent: it is gone then. */
  keepsSettled?: boolean
  /** What the broker makes of a consumer whose line is frozen, which is what is waited for then. One or two sentences. */
  whenFrozen: string
  /** Where `can.poison`: what becomes of such a message, and what ends it. One or two sentences. */
  whenPoisoned?: string
  /**
   * How many bytes published while a subscriber does not read make the broker drop it, because what it holds for a subscriber
   * has a limit. Absent: there is no such limit.
   */
  overflowsAfterBytes?: number
  /** One sentence for powers this system lacks in this mode, by `Can` key. */
  lacks: Partial<Record<keyof Can, string>>
}

/** Where a destination's settings decide what it is. */
export interface Varying<T> {
  /**
   * Pure. What holds instead for a destination made with these settings. A setting that decides so is settled when it is
   * made. Ask `modeAt`, which minds it.
   */
  variant?: (settings: Settings) => T
}

/** What a system says of itself in words and flags. */
export interface SystemProfile {
  id: SystemId
  /** As people write it: "RabbitMQ". */
  label: string
  defaultPort: number
  /** The environment variable that names its URL. */
  urlVariable: string
  /** How it is drawn: its hue's token name and its glyph's symbol id. */
  look: { hue: string; glyph: string }
  /** The modes this driver can really do today. */
  modes: Partial<Record<Mode, ModeProfile & Varying<ModeProfile>>>
  classic: ClassicDestination
  /** Names that the broker keeps for itself: no destination is made or used under them. */
  internalNames: RegExp
  /** What a broker that is killed loses, and what comes back with it. One or two sentences. */
  whenKilled: string
  /** How long after a crash the broker needs to notice, milliseconds; 0 = at once. */
  crashNoticedAfterMs: number
}

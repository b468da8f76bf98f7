import type { z } from 'zod'
import type { Facts } from '#lib/protocol/facts.ts'
import type { Mode, SystemId } from '#lib/protocol/names.ts'
import type { Consumer, Settings } from '#lib/protocol/room.ts'
import type { FactContext, StepFacts } from './life.ts'

/** What a system can do, as data: screens, rooms and tests ask this and never which system it is. */

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

/** How a mode is drawn as a topology: producers on the left, consumers on the right, and between them this. */
export interface Scene {
  /** What takes a message in, by its word on the broker. */
  entry: { word: string; shape: 'exchange' | 'publish' | 'partitioner' | 'append' }
  /**
   * What keeps it. `queue`: one line that all consumers share. `queues`: a line of its own for each consumer. `wire`:
   * nothing is kept. `log`: partitions, read by position.
   */
  store: 'queue' | 'queues' | 'wire' | 'log'
}

/** What "the same in code" is written for: the very settings on the screen. */
export interface SnippetContext {
  /** The broker as the dashboard found it: `host:port`, several separated by commas. Never with credentials. */
  broker: string
  /** The destination's name on the broker. */
  address: string
  settings: Settings
  /** The consumer whose program it is; null: the producer's. */
  consumer: { name: string; group: string | undefined; settings: Settings } | null
  text: string
  key: string | undefined
}

/** A whole program, or command, that does the same. */
export interface Snippet {
  /** The library or tool, as its users write it: "pika", "redis-cli". */
  label: string
  language: 'python' | 'javascript' | 'shell'
  code: string
  /** The line that decides the outcome, from 1, and what happens without it. */
  line: number
  without: string
}

/** A message as it is being written, before it is sent. */
export interface Draft {
  key: string
  headers: Readonly<Record<string, string>>
  settings: Settings
}

/** Where a draft is going to go, shown before it is sent: the consumers it will reach, or the partition it will lie in. */
export type Preview =
  | { kind: 'consumers'; names: readonly string[] }
  | { kind: 'partition'; partition: number }
  /** The broker decides when it is sent. */
  | { kind: 'open' }

/** What a preview may look at: all of it is on the screen anyway. */
export interface PreviewContext {
  settings: Settings
  consumers: readonly Consumer[]
  facts: Facts | null
}

/**
 * Settings are drawn as forms from their zod schemas: a flat object of enums, booleans, bounded numbers and short texts,
 * each with a default and one line of `.describe()`. A setting that makes no sense beside another says so there.
 */
export interface ModeManifest<
  D extends z.ZodType = z.ZodType,
  C extends z.ZodType = z.ZodType,
  M extends z.ZodType = z.ZodType,
> {
  /** The system's own word for such a destination: "queue", "channel", "topic". */
  noun: string
  /** The system's own word for a consumer there: "worker", "subscriber", "reader". */
  consumerNoun: string
  can: Can
  /** Settings with defaults; `.describe()` holds one line for the form. */
  destinationSettings: D
  /** Destination settings that say how the dashboard uses it: changing them changes nothing on the broker. */
  ownUse?: readonly string[]
  /** One named `reads` with the choice `dead-letters` gives a consumer that role. */
  consumerSettings: C
  /** Headers that the driver writes on every message: a caller's would be replaced, so they are refused by name. */
  reservedHeaders?: readonly string[]
  /** What one message may be given besides text, key and headers. */
  messageSettings: M
  /**
   * Where nobody chooses a group and the system has one all the same: its name, made of the destination's (or its address,
   * on the broker) and the consumer's. One name for all shares the work out; a name each gives everybody a copy.
   */
  implicitGroup?: (destination: string, consumer: string) => string
  /**
   * Pure. Whether a consumer with these settings that was never here gets only what is sent once it is attached, though what
   * is sent after that waits for it. A group that has a position on the broker goes on there all the same. Absent: it begins
   * with what is kept, or nothing is kept for it at all.
   */
  startsAtEnd?: (settings: Settings) => boolean
  /**
   * Pure. Where a destination's settings decide what it is: the manifest of one made with these, which holds instead of
   * this one. A setting that decides so is settled when it is made. Ask `modeAt`, which minds it.
   */
  variant?: (settings: Settings) => ModeManifest
  /**
   * How a person's own consumer is made, which that person works by hand. `max`: so many of them on one destination, where
   * each costs its broker or this process more than others do.
   */
  seat?: { settings?: Settings; max?: number }
  /** The destination that choosing this mode for the first time makes. */
  starter: Omit<ClassicDestination, 'mode'>
  scene: Scene
  /** Pure. Producers' programs where `consumer` is null, else consumers'. */
  snippets?: (place: SnippetContext) => readonly Snippet[]
  /** Pure. A step of a message's life as the protocol has it: `basic.ack 23`. Null: the protocol has no word for it. */
  fact?: (step: StepFacts, place: FactContext) => string | null
  /** Pure; runs in the browser at each key press. */
  preview?: (draft: Draft, place: PreviewContext) => Preview
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
   * What the broker holds for a subscriber that does not read has a limit, beyond which it drops the subscriber: so many
   * bytes published meanwhile are enough. Absent: there is no such limit.
   */
  overflowsAfterBytes?: number
  /** One sentence for powers this system lacks in this mode, by `Can` key. */
  lacks: Partial<Record<keyof Can, string>>
}

/** A destination or consumer that exists in the lobby from the start. */
export interface ClassicDestination {
  mode: Mode
  name: string
  settings: Settings
  consumers: Array<{ name: string; group?: string; settings?: Settings }>
}

export interface Manifest {
  id: SystemId
  /** As people write it: "RabbitMQ". */
  label: string
  defaultPort: number
  /** The environment variable that names its URL. */
  urlVariable: string
  /** How it is drawn: its hue's token name and its glyph's symbol id. */
  look: { hue: string; glyph: string }
  /** The modes this driver can really do today. */
  modes: Partial<Record<Mode, ModeManifest>>
  classic: ClassicDestination
  /** Names that the broker keeps for itself: no destination is made or used under them. */
  internalNames: RegExp
  /** What a broker that is killed loses, and what comes back with it. One or two sentences. */
  whenKilled: string
  /** How long after a crash the broker needs to notice, milliseconds; 0 = at once. */
  crashNoticedAfterMs: number
}

import type { z } from 'zod'
import type { Facts } from '#lib/protocol/facts.ts'
import type { Mode } from '#lib/protocol/names.ts'
import type { Consumer, Settings } from '#lib/protocol/room.ts'
import type { FactContext, StepFacts } from './life.ts'
import type { ModeProfile, SystemProfile, Varying } from './profile.ts'

/** What a system can do, as data: screens, rooms and tests ask this and never which system it is. */

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
> extends ModeProfile {
  /** Settings with defaults; `.describe()` holds one line for the form. */
  destinationSettings: D
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
  /** Pure. Producers' programs where `consumer` is null, else consumers'. */
  snippets?: (place: SnippetContext) => readonly Snippet[]
  /** Pure. A step of a message's life as the protocol has it: `basic.ack 23`. Null: the protocol has no word for it. */
  fact?: (step: StepFacts, place: FactContext) => string | null
  /** Pure; runs in the browser at each key press. */
  preview?: (draft: Draft, place: PreviewContext) => Preview
}

/** What a system can do, with all that parses and computes for it. */
export interface Manifest extends SystemProfile {
  modes: Partial<Record<Mode, ModeManifest & Varying<ModeManifest>>>
}

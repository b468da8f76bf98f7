import type { Mode } from '#lib/protocol/names.ts'
import type { DeliveryView, EndView, ReceiptView } from './views.ts'

/** Who got the traced message and why others did not: what verdicts, cords and ghost rows are drawn from. */

/** Why a consumer does not have the traced message. */
export type GhostView =
  /** A queue: another consumer has it or had it. */
  | { why: 'other-consumer'; consumer: string }
  /**
   * A log: it lies in a partition another member of the group owns (`owner` null: nobody of ours). `ownerIsAway`: that member
   * is away, and the broker has not shared out its partitions yet.
   */
  | { why: 'other-partition'; partition: number; owner: string | null; ownerIsAway?: true }
  /** It was not there when the message passed, and the system keeps nothing. */
  | { why: 'absent-gone' }
  /**
   * It is not there now; the message waits. `until`: it is back; or, where it shares the work with others, `anyone` of them
   * is, when all are away; or it is `taken` by one who is there. `partition`: where it lies, which then needs another owner.
   */
  | { why: 'absent-waits'; until: 'it' | 'anyone' }
  | { why: 'absent-waits'; until: 'taken'; partition: number | null }
  | { why: 'paused' }
  | { why: 'rebalancing' }
  /** It was in hand here at a crash; `now` has it (null: nobody yet). */
  | { why: 'crashed-holding'; now: string | null }
  | { why: 'sent-before-joining' }
  /** A log: it is kept, but this reader, which has no committed position, starts at the end of the log, after it. */
  | { why: 'started-after' }
  /** A log: the group reads on from beyond it by the broker's word, or this reader does, which has none. */
  | { why: 'position-beyond'; group: string | null }
  /** By what it listens to now, it was not meant for this consumer. */
  | { why: 'not-routed' }
  /** It was written in a transaction that was aborted: readers of committed records skip it. */
  | { why: 'aborted' }
  | { why: 'not-sent-here' }
  | { why: 'refused' }
  | { why: 'returned' }
  | { why: 'unheard' }
  | { why: 'uncertain' }
  /** It left the queue without anybody here seeing how: taken from outside, expired, or lost in a broker restart. */
  | { why: 'left-unseen' }
  /** It expired, was dead-lettered or trimmed before this consumer had it. */
  | { why: 'ended'; how: EndView['how'] }
  /** A log: it lies after a message at which this consumer fails again and again. `behind`: the number of that message. */
  | { why: 'held-up'; behind: number | null }
  /** On its way: accepted, not seen yet. */
  | { why: 'waiting' }

/**
 * What became of somebody who is due a message and does not have it. `missed`: will not get it by itself. `away`: it waits until
 * they are back. `paused`: it waits until they are resumed. `not-routed`: it is not what they listen to. `coming`: it is
 * on its way.
 */
export type Fate = 'missed' | 'away' | 'paused' | 'not-routed' | 'coming'

/** Those who share one fate, by name: consumers, and groups of several consumers. */
export interface FateView {
  fate: Fate
  who: readonly string[]
}

/**
 * What the broker still keeps of a message. `ready`: it waits in the queue. `unacked`: it is handed out and stays until it is
 * settled. `queues`: the own queues of those consumers hold a copy each. `log`: it lies in the log, whoever has read it.
 * `settled`: it is settled, and stays in the stream all the same. `nowhere`: no copy. `unknown`: nobody saw what became of it.
 */
export type KeptView =
  | { where: 'ready' | 'log' | 'settled' | 'nowhere' | 'unknown' }
  | { where: 'unacked'; by: string }
  | { where: 'queues'; of: readonly string[] }
  | { where: 'dead-letters'; to: string | null }

/** Another destination of the same system that the message went to. `mode`: null when the room has it no more. */
export interface WentTo {
  destination: string
  mode: Mode | null
}

/** One destination's answer to "who got the traced message", computed from deliveries, never from the mode setting. */
export type VerdictView =
  | { kind: 'none' }
  /** It was not sent to this destination; `to` names those of the same system that it went to. */
  | { kind: 'not-sent'; to: readonly WentTo[] }
  | { kind: 'waiting'; number: number | null }
  /** Nobody has it, and it is not simply on its way to all who are due it. */
  | { kind: 'nobody'; number: number | null; of: number; fates: readonly FateView[] }
  | { kind: 'refused' | 'returned' | 'uncertain'; number: number | null; reason: string }
  /** Accepted and confirmed, nobody has it yet: it waits on the broker. */
  | { kind: 'stored'; number: number | null; of: number }
  /** It is kept, and every group that was there reads on from beyond it: none of them gets it by itself. */
  | { kind: 'passed'; number: number | null; of: number; groups: readonly string[] }
  | { kind: 'unheard'; number: number | null; of: number }
  /** Stored in a transaction that was aborted, and so skipped by all who read what is committed. */
  | { kind: 'aborted'; number: number | null }
  /**
   * None of our consumers was present, though `of` were due it; `heardBy` outside programs heard it (null: the broker
   * does not say how many).
   */
  | { kind: 'elsewhere'; number: number | null; of: number; heardBy: number | null }
  /**
   * None of ours had it, and the broker's queue is empty since: an outside program took it, it expired, or a restart
   * of the broker lost it. Inferred from facts; which of them it was is not known.
   */
  | { kind: 'left-unseen'; number: number | null }
  /** Nobody of ours got it before the broker ended its life. */
  | { kind: 'ended'; number: number | null; end: EndView }
  /**
   * `got` of `of` consumers that are due it have it, absent ones included. `shape` is what those deliveries look like:
   * one of several (`queue`), each of several (`fanout`), one of each group (`log`), or `single` when only one consumer
   * is due it.
   * `finished`: some delivery was lost in a crash and another consumer finished it.
   */
  | {
      kind: 'got'
      number: number | null
      got: number
      of: number
      shape: 'queue' | 'fanout' | 'log' | 'single' | 'mixed'
      groups: { got: number; of: number } | null
      /** The groups without it that read on from beyond it, by the broker's word: theirs is not to come. */
      beyond: readonly string[]
      /** What became of the others that are due it. Whose queue or group has it is not among them. */
      fates: readonly FateView[]
      finished: boolean
      /** The consumers that have it, in destination order. */
      by: readonly string[]
    }

export interface TraceView {
  verdict: VerdictView
  receipt: ReceiptView | null
  /** Consumers to which a cord runs, with the arrival it stands for. */
  cords: ReadonlyMap<string, DeliveryView>
  /** Why each of the others has none. */
  ghosts: ReadonlyMap<string, GhostView>
  /** Null where the broker never took it, or has not answered yet. */
  kept: KeptView | null
}

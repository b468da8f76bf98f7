import { createSignal, type Unsubscribe } from '#lib/util/emitter.ts'
import type { Move } from '../moves.ts'

/** Stands for the broker's store where a consumer's name would stand. */
export const STORE = ''

/**
 * What the picture does not show yet, though it is known: messages whose pills are still on their way, or wait because the
 * picture is paused. Whoever draws who got a message leaves these out, so that nobody is seen to have it before its pill is
 * there.
 */
export interface Unseen {
  /** The pill of a message has not come to this consumer, or to the `STORE`. */
  has(lane: string, messageId: string, consumer: string): boolean
  /** How many pills are on their way to this consumer, or to the `STORE`. */
  count(lane: string, consumer: string): number
  /** Rises with every change. */
  readonly version: number
  /** Reports that pills have arrived. What sets out is not reported: the feed reports its event by itself. */
  onArrived(listener: () => void): Unsubscribe
}

export interface UnseenMoves extends Unseen {
  /** A move waits while the picture is paused. */
  waits(move: Move): void
  /** It is drawn from now on; `drawn` false: there is no path for it, so it counts as seen. */
  setsOut(move: Move, drawn: boolean): void
  /** What is not on its way any more has arrived, and counts as seen. */
  noteArrived(isOnItsWay: (lane: string, messageId: string, consumer: string) => boolean): void
  /** What was on its way counts as seen; with `all` what waits, too. */
  forget(all: boolean): void
}

type Place = { lane: string; messageId: string; consumer: string }

/** Where a move will be seen; null for one after which nobody new has a message. */
function placeOf(move: Move): Place | null {
  if (move.kind === 'publish') return { lane: move.lane, messageId: move.messageId, consumer: STORE }
  if (move.kind === 'deliver') return move
  return null
}

export function createUnseen(): UnseenMoves {
  const arrived = createSignal<void>()
  /** By lane and consumer the messages on their way there; true: it waits. */
  const places = new Map<string, Map<string, boolean>>()
  let version = 0

  const keyOf = ({ lane, consumer }: Pick<Place, 'lane' | 'consumer'>): string => `${lane} ${consumer}`
  const put = (place: Place, isWaiting: boolean): void => {
    const messages = places.get(keyOf(place)) ?? new Map<string, boolean>()
    places.set(keyOf(place), messages.set(place.messageId, isWaiting))
    version += 1
  }
  const takeOut = (isSeen: (place: Place, isWaiting: boolean) => boolean): void => {
    const before = version
    for (const [key, messages] of places) {
      const end = key.indexOf(' ')
      const [lane, consumer] = [key.slice(0, end), key.slice(end + 1)]
      for (const [messageId, isWaiting] of messages) {
        if (!isSeen({ lane, messageId, consumer }, isWaiting)) continue
        messages.delete(messageId)
        version += 1
      }
      if (messages.size === 0) places.delete(key)
    }
    if (version !== before) arrived.emit()
  }
  return {
    has: (lane, messageId, consumer) => places.get(keyOf({ lane, consumer }))?.has(messageId) ?? false,
    count: (lane, consumer) => places.get(keyOf({ lane, consumer }))?.size ?? 0,
    get version() {
      return version
    },
    onArrived: arrived.on,
    waits: (move) => {
      const place = placeOf(move)
      if (place) put(place, true)
    },
    setsOut: (move, drawn) => {
      const place = placeOf(move)
      if (place && drawn) put(place, false)
      else if (place) takeOut((other) => other.messageId === place.messageId && keyOf(other) === keyOf(place))
    },
    noteArrived: (isOnItsWay) =>
      takeOut(
        ({ lane, messageId, consumer }, isWaiting) => !isWaiting && !isOnItsWay(lane, messageId, consumer),
      ),
    forget: (all) => takeOut((_, isWaiting) => all || !isWaiting),
  }
}

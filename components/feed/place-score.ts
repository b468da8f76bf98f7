import type { Feed } from '#lib/feed/feed.ts'
import type { MessageView } from '#lib/ledger/model/views.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import { type Sentence, sentence } from '../words/sentence.ts'
import { scoreWords } from '../words/verdicts.ts'
import { isEmptyPlace, type LaneRef, laneTrace, laneWords } from './lane-ref.ts'

/** What became of a message on a system on which the room has no destination now. */
export function emptyPlaceWords(message: MessageView | undefined, system: SystemId): string {
  const life = message?.lives.get(system)
  return life ? `went to ${life.destination}, which is gone` : 'no destination'
}

/** The score of the traced message at one system's place: of its lane, or that there is none. */
export function placeScoreWords(feed: Feed, place: LaneRef): Sentence {
  if (!isEmptyPlace(place)) return scoreWords(laneTrace(feed, place).verdict, laneWords(place))
  const { messageId } = feed.trace
  const message = messageId === null ? undefined : feed.views.message(messageId)
  return sentence('', emptyPlaceWords(message, place.manifest.id))
}

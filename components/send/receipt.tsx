'use client'

import { systems } from '#lib/brokers/systems.ts'
import type { Feed } from '#lib/feed/feed.ts'
import type { LifeView, MessageView } from '#lib/ledger/model/views.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import {
  heldTrace,
  isEmptyPlace,
  type LaneRef,
  lanePlaces,
  laneTraceSignature,
  sendTargets,
} from '../feed/lane-ref.ts'
import { placeScoreWords } from '../feed/place-score.ts'
import { InspectButton } from '../inspector/inspect-button.tsx'
import { formatTime } from '../ui/format.ts'
import { Glyph } from '../ui/icon.tsx'
import { Tag } from '../ui/tag.tsx'
import { isReached, numberWord, receiptWords } from '../words/receipts.ts'
import type { Sentence } from '../words/sentence.ts'
import { heldScoreWords, nothingWords } from '../words/verdicts.ts'

const signature = (feed: Feed) =>
  `${sendTargets(feed).length} ${lanePlaces(feed)
    .map((lane) => `${isEmptyPlace(lane)} ${laneTraceSignature(feed, lane)}`)
    .join('\n')}`

type Fate = 'reached' | 'pending' | 'failed'

function fateOf(life: LifeView): Fate {
  if (isReached(life.receipt)) return 'reached'
  return life.receipt.state === 'pending' ? 'pending' : 'failed'
}

/** Of every system: where it went stays true when its destination is gone and no lane shows it. */
function wordsFor(feed: Feed, message: MessageView) {
  const fates = systems.map((manifest) => {
    const life = message.lives.get(manifest.id)
    if (life) return { label: manifest.label, fate: fateOf(life) }
    if (message.sentTo?.some(({ system }) => system === manifest.id)) {
      return { label: manifest.label, fate: 'pending' as const }
    }
    return heldTrace(feed, { manifest }) ? { label: manifest.label, fate: 'held' as const } : null
  })
  const labels = (fate: Fate | 'held') =>
    fates.filter((entry) => entry?.fate === fate).map((entry) => entry?.label ?? '')
  return receiptWords({
    number: message.number,
    time: message.sentAt === null ? '' : formatTime(message.sentAt),
    outside: message.outside,
    to: fates.filter((entry) => entry !== null).map(({ label }) => label),
    reached: labels('reached'),
    held: labels('held'),
    failed: labels('failed'),
    pending: fates.some((entry) => entry?.fate === 'pending'),
    of: systems.length,
  })
}

function Score({ lane, words, held }: { lane: LaneRef; words: Sentence; held: boolean }) {
  return (
    <li
      className={`flex h-12 min-w-0 items-center gap-1.5 whitespace-nowrap border-l px-2 first:border-l-0 min-1000:max-1600:px-1.5 present:h-15 present:px-2 ${held ? 'bg-hatch' : ''}`}
      data-system={lane.manifest.id}
    >
      <Glyph manifest={lane.manifest} />
      <span className="vh">{lane.manifest.label}: </span>
      <div className="min-w-0 overflow-hidden text-ellipsis" title={`${words.strong} ${words.rest}`.trim()}>
        {words.strong && (
          <strong
            className={`tracking-tight fs-lg min-1000:max-1200:text-sm present:text-[20px] ${held ? 'font-text text-ink-2' : 'font-strong'}`}
          >
            {words.strong}
          </strong>
        )}{' '}
        {/* Where there is no score, these are all that is said. */}
        <span
          className={`text-ink-2 text-xs ${words.strong ? `present:hidden ${held ? '' : 'min-700:max-1600:hidden'}` : ''}`}
        >
          {words.rest}
        </span>
      </div>
    </li>
  )
}

/** What the first send is going to show. */
function fatesWords(targets: number): string {
  if (targets === 0) return 'There is no broker to send to.'
  return targets === 1 ? 'One send, one fate.' : `One send, ${numberWord(targets)} fates.`
}

/** Under every send: which brokers took it and how many consumers have it, filling as the answers come. */
export function Receipt() {
  useSlice(signature)
  const feed = useFeed()
  const message = feed.trace.messageId === null ? undefined : feed.views.message(feed.trace.messageId)
  const words = message && wordsFor(feed, message)
  return (
    <div className="flex min-w-0 items-center gap-4" role="status" aria-label="Receipt">
      <p
        className="min-w-0 flex-1 overflow-hidden text-ellipsis whitespace-nowrap text-ink-2 text-sm min-1000:max-1200:vh max-700:whitespace-normal present:hidden"
        title={words && `${words.first.strong} ${words.first.rest}. ${words.second}`.trim()}
      >
        {message && words ? (
          <>
            <Tag number={message.number} look="traced" /> {/* On a phone both sentences share a line. */}
            <span className="max-700:after:content-['.']">
              {words.first.strong && <b className="text-ink">{words.first.strong} </b>}
              {words.first.rest}
            </span>
            <br className="max-700:hidden" /> {words.second}
          </>
        ) : (
          <>
            {nothingWords(feed.views.numbered)}.
            <br className="max-700:hidden" /> {fatesWords(sendTargets(feed).length)}
          </>
        )}
      </p>
      <ul
        className="grid w-139 flex-none auto-cols-fr grid-flow-col overflow-hidden rounded-2 border border-line-strong bg-surface min-1000:max-1600:w-95 min-1200:max-1600:w-110 max-700:hidden present:w-126"
        aria-label="Who got it"
      >
        {lanePlaces(feed).map((lane) => {
          const held = heldTrace(feed, lane) !== undefined
          const score = held ? heldScoreWords() : placeScoreWords(feed, lane)
          return <Score key={lane.manifest.id} lane={lane} words={score} held={held} />
        })}
      </ul>
      <InspectButton />
    </div>
  )
}

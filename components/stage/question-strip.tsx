'use client'

import type { Feed } from '#lib/feed/feed.ts'
import type { Vote } from '#lib/protocol/vote.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { isEmptyPlace, type LaneRef, laneTrace, laneWords } from '../feed/lane-ref.ts'
import { placeScoreWords } from '../feed/place-score.ts'
import { formatCount } from '../ui/format.ts'
import { Glyph, Icon } from '../ui/icon.tsx'
import { leadersWords, stillVoting } from '../words/seats.ts'
import { plain } from '../words/sentence.ts'
import { verdictWords } from '../words/verdicts.ts'
import { phonesIn } from './phones.ts'

/** What a choice's bar is as long as: all votes. */
const shareOf = (count: number, voted: number): string => `${voted === 0 ? 0 : (100 * count) / voted}%`

const CHOICE_ROW = 'grid grid-cols-[44px_minmax(0,3fr)_minmax(0,4fr)_72px] items-center min-h-0 flex-1'

function RevealedChoice({ vote, index, text }: { vote: Vote; index: number; text: string }) {
  const count = vote.counts?.[index] ?? 0
  const right = vote.right === index
  return (
    <li className={`${CHOICE_ROW} ${right ? 'font-strong text-ink' : 'text-ink-2'}`} data-right={right}>
      {right ? (
        <>
          <Icon name="check" className="size-8 text-good" />
          <span className="vh">what happened: </span>
        </>
      ) : (
        <span />
      )}
      <span className="line-clamp-2 pr-4 leading-[30px]">{text}</span>
      <span className="h-5 bg-hover" aria-hidden="true">
        <i
          className={`block h-full ${right ? 'bg-ink-2' : 'bg-line-control'}`}
          style={{ width: shareOf(count, vote.voted) }}
        />
      </span>
      <span className="text-right">{formatCount(count)}</span>
    </li>
  )
}

/** While people vote: the choices alone, and how many have not voted yet. */
function Choices({ vote }: { vote: Vote }) {
  const phones = useSlice(phonesIn)
  const revealed = vote.phase === 'revealed'
  const votes = vote.voted === 1 ? '1 vote' : `${formatCount(vote.voted)} votes`
  const still = stillVoting(phones, vote.voted)
  return (
    <div className="flex min-w-0 flex-col">
      <p className="text-ink-2 text-xs" data-part="voted">
        {revealed ? `The hall said, ${votes}` : [still, votes].filter(Boolean).join(', ')}
      </p>
      <ul className="flex min-h-0 flex-1 flex-col fs-md" aria-label="Choices">
        {vote.choices.map((text, index) =>
          revealed ? (
            <RevealedChoice key={text} vote={vote} index={index} text={text} />
          ) : (
            <li key={text} className="flex min-h-0 flex-1 items-center gap-4 text-ink-2">
              <span className="grid size-7 flex-none place-items-center rounded-1 border border-line-control fs-xs">
                {CHOICE_LETTERS[index]}
              </span>
              <span className="line-clamp-2 leading-[30px]">{text}</span>
            </li>
          ),
        )}
      </ul>
    </div>
  )
}

const CHOICE_LETTERS = 'ABCDEF'

function happenedAt(feed: Feed, lane: LaneRef): string {
  const { verdict } = laneTrace(feed, lane)
  const number = feed.views.message(feed.trace.messageId ?? '')?.number ?? null
  if (verdict.kind === 'none') return ''
  return plain(verdictWords(verdict, laneWords(lane), number))
}

/** The verdicts of the traced message: the room's guess has them beside it. */
function Happened({ lanes, proved }: { lanes: readonly LaneRef[]; proved: boolean }) {
  const feed = useFeed()
  useSlice((one) => `${one.trace.messageId} ${lanes.map((lane) => happenedAt(one, lane)).join('|')}`)
  const told = lanes.filter((lane) => !isEmptyPlace(lane) && happenedAt(feed, lane) !== '')
  const [only] = told
  return (
    <div className="flex min-w-0 flex-col border-l pl-8" role="status">
      <h2 className="text-ink-2 text-xs">What happened</h2>
      {told.length === 0 && <p className="text-ink-2 text-sm">Nothing yet.</p>}
      {told.length === 1 && only !== undefined && (
        <>
          <p className="flex items-center gap-3 font-strong text-xl tracking-tight">
            {proved && <Icon name="check" className="size-9 text-good" />}
            {placeScoreWords(feed, only).strong}
          </p>
          <p className="line-clamp-2 text-ink-2 text-sm">{happenedAt(feed, only)}</p>
        </>
      )}
      {told.length > 1 && (
        <ul className="flex min-h-0 flex-1 flex-col justify-around">
          {told.map((lane) => (
            <li key={lane.manifest.id} className="flex items-center gap-3 leading-[28px] fs-xs">
              <Glyph manifest={lane.manifest} className="size-7" />
              <span className="vh">{lane.manifest.label}: </span>
              <span className="line-clamp-2">{happenedAt(feed, lane)}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

/** What three lines of 34 px have room for. */
const QUESTION_LARGE_MAX_CHARS = 78

const askedLook = ({ length }: string): string =>
  length > QUESTION_LARGE_MAX_CHARS ? 'line-clamp-5 leading-[30px] fs-xs' : 'text-lg'

/** What the room is about now: its question, else its lesson. */
function aboutOf({ views: { vote, lesson } }: Feed): { heading: string; text: string } {
  if (vote) return { heading: vote.heading ?? `Question ${vote.number}`, text: vote.question }
  if (!lesson) return { heading: 'No question is asked now', text: '' }
  const { step, steps, title } = lesson
  return {
    heading: step < steps ? `Lesson, step ${step + 1} of ${steps}` : 'Lesson, what happened',
    text: title,
  }
}

/** The foot of the stage: the room's question, its guess once revealed, and what happened. */
export function QuestionStrip({ lanes }: { lanes: readonly LaneRef[] }) {
  const feed = useFeed()
  useSlice((one) => JSON.stringify([one.views.vote, aboutOf(one), one.views.scores.slice(0, LEADERS_SHOWN)]))
  const { vote, scores } = feed.views
  const { heading, text } = aboutOf(feed)
  return (
    <section
      className={`grid min-h-0 items-stretch gap-10 rounded-3 border bg-surface px-6 py-4 ${vote ? 'grid-cols-[500px_minmax(0,1fr)_420px]' : 'grid-cols-[500px_minmax(0,1fr)]'}`}
      aria-label={heading}
    >
      <div className="flex min-w-0 flex-col">
        <h2 className="whitespace-nowrap text-ink-2 text-xs">{heading}</h2>
        {text && <p className={`font-strong tracking-tight ${askedLook(text)}`}>{text}</p>}
        {scores.length > 0 && vote?.phase !== 'open' && (
          <p className="mt-auto overflow-hidden text-ellipsis whitespace-nowrap text-ink-2 text-xs">
            {leadersWords(scores.slice(0, LEADERS_SHOWN))}
          </p>
        )}
      </div>
      {vote && <Choices vote={vote} />}
      <Happened lanes={lanes} proved={vote?.right !== undefined} />
    </section>
  )
}

/** More of those who are ahead are not named. */
const LEADERS_SHOWN = 3

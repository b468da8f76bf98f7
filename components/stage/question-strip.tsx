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

/** All choices share the columns, so that their bars begin at one line. */
const CHOICES = 'grid min-h-0 flex-1 grid-cols-[44px_fit-content(45%)_minmax(0,1fr)_72px] auto-rows-fr'
const CHOICE = 'col-span-4 grid min-h-0 grid-cols-subgrid items-center'
/** More choices than this are written smaller, each in one line. */
const LARGE_CHOICES_MAX = 4

interface ChoiceProps {
  vote: Vote
  index: number
}

/** Nor does a longer text fit into one large line beside its bar. */
const LARGE_TEXT_MAX_CHARS = 26

const isMany = ({ choices }: Vote): boolean => choices.length > LARGE_CHOICES_MAX
const isLarge = (vote: Vote): boolean =>
  !isMany(vote) && vote.choices.every((text) => text.length <= LARGE_TEXT_MAX_CHARS)

const ChoiceText = ({ vote, index }: ChoiceProps) => (
  <span className={`pr-4 ${isLarge(vote) ? 'leading-[30px]' : 'line-clamp-1 leading-[28px]'}`}>
    {vote.choices[index]}
  </span>
)

function RevealedChoice({ vote, index }: ChoiceProps) {
  const count = vote.counts?.[index] ?? 0
  const right = vote.right === index
  return (
    <li className={`${CHOICE} ${right ? 'font-strong text-ink' : 'text-ink-2'}`} data-right={right}>
      {right ? (
        <span>
          <Icon name="check" className="size-8 text-good" />
          <span className="vh">what happened: </span>
        </span>
      ) : (
        <span />
      )}
      {/* A long text has its bar below it: beside it, both would be too short. */}
      <span className={isLarge(vote) ? 'col-span-2 grid grid-cols-subgrid items-center' : 'col-span-2 grid'}>
        <ChoiceText vote={vote} index={index} />
        <span className={`bg-hover ${isLarge(vote) ? 'h-5' : 'h-1'}`} aria-hidden="true">
          <i
            className={`block h-full ${right ? 'bg-ink-2' : 'bg-line-control'}`}
            style={{ width: shareOf(count, vote.voted) }}
          />
        </span>
      </span>
      <span className="text-right">{formatCount(count)}</span>
    </li>
  )
}

const OpenChoice = ({ vote, index }: ChoiceProps) => (
  <li className={`${CHOICE} text-ink-2`}>
    <span className="grid size-7 place-items-center rounded-1 border border-line-control leading-none fs-xs">
      {CHOICE_LETTERS[index]}
    </span>
    <span className="col-span-3 min-w-0">
      <ChoiceText vote={vote} index={index} />
    </span>
  </li>
)

/** While people vote, the choices alone and how many have not voted yet; then how many voted for each. */
function Choices({ vote, leaders }: { vote: Vote; leaders: string }) {
  const phones = useSlice(phonesIn)
  const revealed = vote.phase === 'revealed'
  const votes = vote.voted === 1 ? '1 vote' : `${formatCount(vote.voted)} votes`
  const still = stillVoting(phones, vote.voted)
  return (
    <div className="flex min-h-0 min-w-0 flex-col">
      <p className="flex justify-between gap-6 whitespace-nowrap text-ink-2 text-xs">
        <span data-part="voted">
          {revealed ? `The hall said, ${votes}` : [still, votes].filter(Boolean).join(', ')}
        </span>
        {revealed && <span className="min-w-0 overflow-hidden text-ellipsis">{leaders}</span>}
      </p>
      <ul className={`${CHOICES} ${isLarge(vote) ? 'fs-md' : 'text-[20px]'}`} aria-label="Choices">
        {vote.choices.map((text, index) =>
          revealed ? (
            <RevealedChoice key={text} vote={vote} index={index} />
          ) : (
            <OpenChoice key={text} vote={vote} index={index} />
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

interface HappenedProps {
  lanes: readonly LaneRef[]
  /** People still vote: what happened is not said beside the question. */
  voting: boolean
  /** The run has proved a choice right. */
  proved: boolean
}

/** The verdicts of the traced message: the room's guess has them beside it. */
function Happened({ lanes, voting, proved }: HappenedProps) {
  const feed = useFeed()
  useSlice((one) => `${one.trace.messageId} ${lanes.map((lane) => happenedAt(one, lane)).join('|')}`)
  const shown = voting ? [] : lanes.filter((lane) => !isEmptyPlace(lane))
  const decided = shown.filter((lane) => happenedAt(feed, lane) !== '')
  const [only] = decided
  return (
    <div className="flex min-w-0 flex-col border-l pl-8">
      <h2 className="text-ink-2 text-xs">What happened</h2>
      {decided.length === 0 && (
        <p className="text-ink-2 text-sm">{voting ? 'Shown with the votes.' : 'Nothing yet.'}</p>
      )}
      {decided.length === 1 && only !== undefined && (
        <>
          <p className="flex items-center gap-3 font-strong text-xl tracking-tight">
            {proved && <Icon name="check" className="size-9 text-good" />}
            {placeScoreWords(feed, only).strong}
          </p>
          <p className="line-clamp-2 text-ink-2 text-sm">{happenedAt(feed, only)}</p>
        </>
      )}
      {decided.length > 1 && (
        <ul className="flex min-h-0 flex-1 flex-col justify-around">
          {decided.map((lane) => (
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
  const leaders = scores.length === 0 ? '' : leadersWords(scores.slice(0, LEADERS_SHOWN))
  return (
    <section
      className={`grid min-h-0 items-stretch gap-10 rounded-3 border bg-surface px-6 py-4 ${vote ? 'grid-cols-[460px_minmax(0,1fr)_380px]' : 'grid-cols-[500px_minmax(0,1fr)]'}`}
      aria-label={heading}
    >
      <div className="flex min-w-0 flex-col">
        <h2 className="whitespace-nowrap text-ink-2 text-xs">{heading}</h2>
        {text && <p className={`font-strong tracking-tight ${askedLook(text)}`}>{text}</p>}
        {!vote && (
          <p className="mt-auto overflow-hidden text-ellipsis whitespace-nowrap text-ink-2 text-xs">
            {leaders}
          </p>
        )}
      </div>
      {vote && <Choices vote={vote} leaders={leaders} />}
      <Happened lanes={lanes} voting={vote?.phase === 'open'} proved={vote?.right !== undefined} />
    </section>
  )
}

/** More of those who are ahead are not named. */
const LEADERS_SHOWN = 3

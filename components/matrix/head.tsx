'use client'

import type { Feed } from '#lib/feed/feed.ts'
import type { VerdictView } from '#lib/ledger/model/trace-views.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import {
  heldTrace,
  isEmptyPlace,
  type LaneRef,
  laneTrace,
  laneTraceSignature,
  laneWords,
} from '../feed/lane-ref.ts'
import { placeScoreWords } from '../feed/place-score.ts'
import { Glyph, ModeMark } from '../ui/icon.tsx'
import { hueStyle, type Variables } from '../ui/look.ts'
import { Tag } from '../ui/tag.tsx'
import { bodyWords } from '../words/bodies.ts'
import { ghostWords } from '../words/ghosts.ts'
import { listed, plain, type Sentence, sentence } from '../words/sentence.ts'
import { STATE_WORD } from '../words/states.ts'
import { heldVerdictWords, nothingWords, verdictWords } from '../words/verdicts.ts'
import { edgeBefore, type LaneColumns, spanOf } from './columns.ts'

/** The verdicts answer it: it heads their cells. */
const QUESTION_ID = 'matrix-question'
const QUESTION = 'sticky left-0 z-1 bg-canvas pr-6 pb-4 align-bottom max-700:pr-2'
const QUESTION_TEXT =
  'flex items-center gap-2.5 text-[22px] font-strong leading-8 tracking-tight max-700:block max-700:text-md max-700:leading-md present:text-[28px] present:leading-9 [&>span:first-child]:h-7 [&>span:first-child]:flex-none [&>span:first-child]:px-2 [&>span:first-child]:fs-lg'
const QUESTION_NOTE = 'text-ink-2 text-sm max-700:hidden present:hidden'

/** The traced message, which the verdicts are about. */
function Question({ columns }: { columns: readonly LaneColumns[] }) {
  useSlice((feed) => columns.map(({ lane }) => laneTraceSignature(feed, lane)).join())
  const { views, trace } = useFeed()
  const message = trace.messageId === null ? undefined : views.message(trace.messageId)
  if (!message) {
    return (
      <th scope="col" className={QUESTION} id={QUESTION_ID}>
        <p className="text-ink-3 text-sm">Who got it?</p>
        <h2 className={QUESTION_TEXT}>Send a message</h2>
        <p className={QUESTION_NOTE}>Its row fills as the brokers answer.</p>
      </th>
    )
  }
  const to = columns.filter(({ lane }) => message.lives.has(lane.manifest.id))
  const where =
    to.length === columns.length
      ? 'to all of them'
      : `to ${listed(to.map(({ lane }) => lane.manifest.label))}`
  const who = message.outside ? 'A program outside' : (message.sender ?? 'Somebody')
  return (
    <th scope="col" className={QUESTION} id={QUESTION_ID}>
      <p className="text-ink-3 text-sm">Who got</p>
      <h2 className={QUESTION_TEXT}>
        <Tag number={message.number} look="traced" />{' '}
        <span className="wrap-anywhere line-clamp-2 max-700:line-clamp-3" dir="auto">
          {bodyWords(message)}
        </span>
      </h2>
      <p className={QUESTION_NOTE}>
        {who} sent it {where}. Pick any row to ask the same of it.
      </p>
    </th>
  )
}

/** The evidence for a verdict: who received the message, or why somebody did not. */
function evidenceOf(lane: LaneRef, trace: ReturnType<typeof laneTrace>): string {
  const { verdict, ghosts } = trace
  const { label } = lane.manifest
  const { consumerNoun } = lane.modeManifest
  if (verdict.kind === 'got') return `by ${listed(verdict.by)}`
  const reasons = Array.from(ghosts, ([consumer, ghost]) =>
    ghostWords(ghost, { label, consumerNoun, consumer }),
  )
  const [first] = reasons
  return first ? `It ${first}` : ''
}

/** The message's number is in the question already, so the verdict says "it". */
const unnumbered = (verdict: VerdictView): VerdictView =>
  'number' in verdict ? { ...verdict, number: null } : verdict

const short = ({ aside, rest }: Sentence): string => plain({ strong: '', aside, rest })

/** The contents of a card stay beside the messages while many consumers are scrolled through. */
const STAYS_IN_VIEW = '*:sticky *:left-[calc(var(--w-message)+var(--s-3))] *:w-fit *:max-w-full'

function verdictOf(feed: Feed, { lane, consumers }: LaneColumns, held: boolean): Sentence {
  if (isEmptyPlace(lane)) return placeScoreWords(feed, lane)
  if (held) return heldVerdictWords(null, consumers.length)
  const { verdict } = laneTrace(feed, lane)
  if (verdict.kind === 'none') return sentence('', nothingWords(feed.views.numbered))
  return verdictWords(unnumbered(verdict), laneWords(lane), null)
}

function VerdictCard({ columns }: { columns: LaneColumns }) {
  const { lane } = columns
  useSlice((feed) => laneTraceSignature(feed, lane))
  const feed = useFeed()
  const trace = laneTrace(feed, lane)
  const held = heldTrace(feed, lane) !== undefined
  const isEmpty = isEmptyPlace(lane)
  const words = verdictOf(feed, columns, held)
  const evidence = held ? '' : evidenceOf(lane, trace)
  return (
    <td
      className="gap bg-canvas align-bottom"
      colSpan={spanOf(columns)}
      headers={QUESTION_ID}
      style={hueStyle(lane.manifest)}
      data-system={lane.manifest.id}
    >
      <div
        className={`min-h-29 overflow-clip rounded-t-3 border border-hue-line bg-hue-tint px-3.5 py-3 [--g-hole:var(--hue-tint)] ${STAYS_IN_VIEW}`}
        data-columns={spanOf(columns)}
      >
        <h3 className="flex items-center gap-2 font-strong fs-md text-hue">
          <Glyph manifest={lane.manifest} className="size-4.5" />
          {lane.manifest.label}
        </h3>
        <div role="status" aria-label={`Verdict for ${lane.manifest.label}`} data-part="verdict">
          <p className={words.strong ? 'truncate text-md' : 'text-md'} title={plain(words)}>
            {words.strong && (
              <b className="mt-2.5 block whitespace-nowrap text-[32px] font-strong leading-9 tracking-[-0.025em] max-700:text-[24px] max-700:leading-7 present:text-[40px] present:leading-11">
                {words.strong}
              </b>
            )}{' '}
            {short(words)}
          </p>
        </div>
        <p
          className="mt-1.5 flex items-center gap-1.5 whitespace-nowrap text-ink-2 text-xs"
          title={evidence}
          data-part="evidence"
        >
          {!isEmpty && <ModeMark mode={lane.mode} className="size-3.5 text-hue" />}
          <span className="mono">{lane.destination}</span>
          {evidence && (
            <span className="min-w-0 overflow-hidden text-ellipsis present:hidden">{evidence}</span>
          )}
        </p>
      </div>
    </td>
  )
}

/** Each lane's verdict above the names of its consumers. */
export function MatrixHead({ columns }: { columns: readonly LaneColumns[] }) {
  return (
    <thead>
      <tr>
        <Question columns={columns} />
        {columns.map((lane) => (
          <VerdictCard key={lane.lane.manifest.id} columns={lane} />
        ))}
      </tr>
      <tr>
        <th scope="col" className={`${NAME} sticky left-0 z-1 rounded-tl-3 bg-surface pl-4 text-ink-3`}>
          <span title="Newest first">Newest first</span>
        </th>
        {columns.map((lane) => (
          <Names key={lane.lane.manifest.id} columns={lane} />
        ))}
      </tr>
    </thead>
  )
}

/** The second line of a column's head: the consumer's state and group. */
const UNDER_NAME = 'block overflow-hidden text-ellipsis fs-xs font-text leading-3.5 present:leading-[18px]'
const NAME =
  'h-10 overflow-hidden text-ellipsis whitespace-nowrap border-b border-b-line-strong align-middle text-xs present:h-12'

function Names({ columns }: { columns: LaneColumns }) {
  const { lane, consumers } = columns
  const style = hueStyle(lane.manifest)
  const kept = (
    <th
      scope="col"
      className={`${NAME} bg-hue-tint pl-2 font-strong`}
      style={style}
      title={`What ${lane.manifest.label} still keeps of each message`}
    >
      Kept
      <small className={`${UNDER_NAME} text-ink-2`}>there still</small>
    </th>
  )
  if (consumers.length === 0) {
    return (
      <>
        <th scope="col" className={`${NAME} gap bg-hue-tint pl-3`} style={style}>
          <small className={`${UNDER_NAME} text-ink-2`}>
            no {isEmptyPlace(lane) ? 'destination' : lane.modeManifest.consumerNoun} here
          </small>
        </th>
        {kept}
      </>
    )
  }
  return (
    <>
      {consumers.map((consumer, index) => (
        <Name key={consumer.id} consumer={consumer} edge={edgeBefore(columns, index)} style={style} />
      ))}
      {kept}
    </>
  )
}

interface NameProps {
  consumer: Consumer
  edge: string
  style: Variables
}

function Name({ consumer: { name, system, group, state }, edge, style }: NameProps) {
  const under = [STATE_WORD[state], group].filter(Boolean).join(', ')
  return (
    <th
      scope="col"
      className={`${NAME} ${edge} bg-hue-tint pl-3 font-strong`}
      style={style}
      title={under ? `${name}, ${under}` : name}
      data-system={system}
      data-consumer={name}
      data-state={state}
    >
      {name}
      {under && (
        <small className={`${UNDER_NAME} ${state === 'crashed' ? 'text-bad' : 'text-ink-2'}`}>{under}</small>
      )}
    </th>
  )
}

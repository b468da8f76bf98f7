'use client'

import type { VerdictView } from '#lib/ledger/model/trace-views.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { heldTrace, type LaneRef, laneTrace, laneTraceSignature, laneWords } from '../feed/lane-ref.ts'
import { Glyph, ModeMark } from '../ui/icon.tsx'
import { hueStyle } from '../ui/look.ts'
import { Tag } from '../ui/tag.tsx'
import { ghostWords } from '../words/ghosts.ts'
import { listed, plain, type Sentence } from '../words/sentence.ts'
import { STATE_WORD } from '../words/states.ts'
import { heldVerdictWords, verdictWords } from '../words/verdicts.ts'
import { edgeBefore, type LaneColumns, spanOf } from './columns.ts'

/** The message that the verdicts are about. */
function Question({ columns }: { columns: readonly LaneColumns[] }) {
  useSlice((feed) => columns.map(({ lane }) => laneTraceSignature(feed, lane)).join())
  const { views, trace } = useFeed()
  const message = trace.messageId === null ? undefined : views.message(trace.messageId)
  if (!message) {
    return (
      <th scope="col" className="ask">
        <p className="muted">Who got it?</p>
        <p className="question">Send a message</p>
        <p className="soft">Its row fills as the brokers answer.</p>
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
    <th scope="col" className="ask">
      <p className="muted">Who got</p>
      <p className="question">
        <Tag number={message.number} traced /> <span>{message.text ?? '…'}</span>
      </p>
      <p className="soft">
        {who} sent it {where}. Pick any row to ask the same of it.
      </p>
    </th>
  )
}

/** What a verdict rests on: who has it, or why each has not. */
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

/** The number stands beside the question already: here it is "it". */
const unnumbered = (verdict: VerdictView): VerdictView =>
  'number' in verdict ? { ...verdict, number: null } : verdict

const short = ({ aside, rest }: Sentence): string => plain({ strong: '', aside, rest })

function VerdictCard({ columns }: { columns: LaneColumns }) {
  const { lane } = columns
  useSlice((feed) => laneTraceSignature(feed, lane))
  const feed = useFeed()
  const trace = laneTrace(feed, lane)
  const held = heldTrace(feed, lane) !== undefined
  const words = held
    ? heldVerdictWords(null, columns.consumers.length)
    : verdictWords(unnumbered(trace.verdict), laneWords(feed, lane), null)
  const evidence = held ? '' : evidenceOf(lane, trace)
  return (
    <td
      className="gap"
      colSpan={spanOf(columns)}
      style={hueStyle(lane.manifest)}
      data-system={lane.manifest.id}
    >
      <div className="verdict-card" data-columns={spanOf(columns)}>
        <p className="broker">
          <Glyph manifest={lane.manifest} />
          <b>{lane.manifest.label}</b>
        </p>
        <div role="status" aria-label={`Verdict for ${lane.manifest.label}`}>
          {words.strong && <p className="big">{words.strong}</p>}
          <p className="words" title={plain(words)}>
            {short(words)}
          </p>
        </div>
        <p className="place" title={evidence}>
          <ModeMark mode={lane.mode} />
          <span className="mono">{lane.destination}</span>
          {evidence && <span className="evidence">{evidence}</span>}
        </p>
      </div>
    </td>
  )
}

/** The verdict of each lane over the names of its consumers. */
export function MatrixHead({ columns }: { columns: readonly LaneColumns[] }) {
  return (
    <thead>
      <tr className="verdicts">
        <Question columns={columns} />
        {columns.map((lane) => (
          <VerdictCard key={lane.lane.manifest.id} columns={lane} />
        ))}
      </tr>
      <tr className="names">
        <th scope="col">Newest first</th>
        {columns.map((lane) => (
          <Names key={lane.lane.manifest.id} columns={lane} />
        ))}
      </tr>
    </thead>
  )
}

function Names({ columns }: { columns: LaneColumns }) {
  const { lane, consumers } = columns
  const style = hueStyle(lane.manifest)
  if (consumers.length === 0) {
    return (
      <th scope="col" className="gap" style={style}>
        <small>no {lane.modeManifest.consumerNoun} here</small>
      </th>
    )
  }
  return consumers.map(({ id, name, group, state }, index) => {
    const under = [STATE_WORD[state], group].filter(Boolean).join(', ')
    return (
      <th
        key={id}
        scope="col"
        className={edgeBefore(columns, index)}
        style={style}
        title={under ? `${name}, ${under}` : name}
        data-state={state}
      >
        {name}
        {under && <small>{under}</small>}
      </th>
    )
  })
}

import type { ReactNode } from 'react'
import type { LifeStep } from '#lib/brokers/contract.ts'
import type { MessageView } from '#lib/ledger/model/views.ts'
import { modeManifestOf } from '../feed/lane-mode.ts'
import { formatCount } from '../ui/format.ts'
import {
  EVIDENCE,
  type LifeWords,
  lifeSummary,
  type StepLook,
  sinceWord,
  stepLook,
  stepWords,
} from '../words/life.ts'
import { isPoisonAt } from '../words/poison.ts'
import type { Side } from './sides.ts'

const pen = { fill: 'none', strokeLinecap: 'round', strokeLinejoin: 'round', strokeWidth: 1.8 } as const
const round = { cx: 10, cy: 10 }
const again = 'M13.5 10.3a3.5 3.5 0 1 1-1.1-2.6l1.1 1M13.7 6.2v2.6h-2.6'

const SHAPES: Record<StepLook, ReactNode> = {
  start: <circle {...round} r="5" fill="var(--surface)" stroke="var(--ink)" strokeWidth="2" />,
  mid: <circle {...round} r="4" fill="var(--ink-3)" />,
  arrived: (
    <circle
      {...round}
      r="6"
      fill="var(--surface)"
      stroke="var(--hue)"
      strokeWidth="2"
      strokeDasharray="3 2.2"
    />
  ),
  again: (
    <>
      <circle {...round} r="8" fill="var(--hue)" />
      <path {...pen} strokeWidth={1.6} d={again} stroke="var(--on-hue)" />
    </>
  ),
  back: (
    <>
      <circle {...round} r="7" fill="var(--surface)" stroke="var(--hue)" strokeWidth="1.6" />
      <path {...pen} strokeWidth={1.6} d={again} stroke="var(--hue)" />
    </>
  ),
  good: (
    <>
      <circle {...round} r="8" fill="var(--good)" />
      <path {...pen} d="m6.5 10.3 2.5 2.5 4.6-5" stroke="var(--surface)" />
    </>
  ),
  bad: (
    <>
      <rect x="3" y="3" width="14" height="14" rx="2" fill="var(--bad)" />
      <path {...pen} d="m7 7 6 6M13 7l-6 6" stroke="var(--on-bad)" />
    </>
  ),
}

/** The shape of a step; each look has its own, so that colour is not needed to tell them apart. */
function StepMark({ look }: { look: StepLook }) {
  return (
    <svg className="relative size-5" viewBox="0 0 20 20" aria-hidden="true">
      {SHAPES[look]}
    </svg>
  )
}

interface StepProps {
  step: LifeStep
  start: number | null
  words: LifeWords
  fact: string | null
  isLast: boolean
}

/** After these steps something is still open, so the line to the next step is dashed. */
const OPEN_AFTER: ReadonlySet<StepLook> = new Set(['arrived', 'bad', 'back'])

function colourOf(look: StepLook): string {
  if (look === 'bad') return 'text-bad'
  return look === 'good' ? 'text-good' : 'text-ink'
}

/** What happened: in plain words, as the protocol has it, and how it is known. */
function Step({ step, start, words, fact, isLast }: StepProps) {
  const look = stepLook(step)
  const { strong, rest } = stepWords(step, words)
  const since = sinceWord(step, start)
  const { word, title } = EVIDENCE[step.evidence]
  return (
    <li
      className="relative grid grid-cols-[72px_20px_minmax(0,1fr)] gap-x-3 pb-3.5 max-700:grid-cols-[60px_20px_minmax(0,1fr)] max-700:gap-x-2"
      data-step={step.step}
    >
      {!isLast && (
        <i
          className={`absolute top-5 bottom-0 left-[93px] border-l-2 max-700:left-[77px] ${
            OPEN_AFTER.has(look) ? 'border-line-control border-dashed' : 'border-line-strong'
          }`}
          aria-hidden="true"
        />
      )}
      <span className="whitespace-nowrap text-right text-sm font-strong">
        {since === null ? (
          '–'
        ) : (
          <>
            {since} <i className="font-text text-ink-3">ms</i>
          </>
        )}
      </span>
      <StepMark look={look} />
      <div>
        <p className="wrap-anywhere text-ink-2 text-sm">
          <b className={`mr-1 fs-md font-strong ${colourOf(look)}`}>{strong}</b> {rest}
        </p>
        <p className="wrap-anywhere flex items-baseline gap-2 text-ink-2 text-sm">
          {fact !== null && <code className="whitespace-pre-wrap text-xs tracking-code">{fact}</code>}
          <span
            className={`ml-auto flex-none rounded-1 border px-1 fs-xs leading-[18px] ${
              step.evidence === 'inferred'
                ? 'border-line-control border-dashed'
                : 'border-transparent text-ink-3'
            }`}
            data-evidence={step.evidence}
            title={title}
          >
            {word}
          </span>
        </p>
      </div>
    </li>
  )
}

/** The time from which steps are measured: the send, or the first known step of a message from an outside program. */
const startOf = (message: MessageView, steps: readonly LifeStep[]): number | null =>
  message.sentAt ?? steps.find(({ at }) => at !== null)?.at ?? null

/** A message's life on one system: its steps in order of measured time. */
export function Life({ message, side }: { message: MessageView; side: Side }) {
  const { lane, destination, life, steps } = side
  const { manifest, modeManifest } = lane
  const words: LifeWords = {
    label: manifest.label,
    mode: modeManifest,
    destination: lane.destination,
    sender: message.sender,
    isPoison: isPoisonAt(modeManifest, message),
  }
  const place = {
    address: destination?.address ?? lane.destination,
    settings: destination?.settings ?? {},
    key: message.key,
  }
  const start = startOf(message, steps)
  return (
    <section aria-label={`Life of the message on ${manifest.label}`}>
      <h3 className="mt-5 mb-2 flex items-center gap-3 fs-md font-strong">
        Its life on {manifest.label}
        <span className="ml-auto fs-sm font-text text-ink-2">{lifeSummary(steps)}</span>
      </h3>
      {life.earlier > 0 && (
        <p className="my-2 text-ink-2 text-xs">
          {formatCount(life.earlier)} earlier deliveries not remembered
        </p>
      )}
      <ol>
        {steps.map((step, index) => (
          <Step
            // biome-ignore lint/suspicious/noArrayIndexKey: steps have no id and keep their order
            key={index}
            step={step}
            start={start}
            words={words}
            isLast={index === steps.length - 1}
            fact={modeManifestOf(lane).fact?.(step, place) ?? null}
          />
        ))}
      </ol>
    </section>
  )
}

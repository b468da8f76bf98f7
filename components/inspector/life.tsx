import type { LifeStep } from '#lib/brokers/contract.ts'
import type { MessageView } from '#lib/ledger/model/views.ts'
import { formatCount } from '../ui/format.ts'
import { EVIDENCE, type LifeWords, lifeSummary, sinceWord, stepLook, stepWords } from '../words/life.ts'
import type { Side } from './sides.ts'
import { StepMark } from './step-mark.tsx'

interface StepProps {
  step: LifeStep
  start: number | null
  words: LifeWords
  fact: string | null
}

/** What happened, in ordinary words, then as the protocol has it, and how that is known. */
function Step({ step, start, words, fact }: StepProps) {
  const look = stepLook(step)
  const { strong, rest } = stepWords(step, words)
  const since = sinceWord(step, start)
  const { word, title } = EVIDENCE[step.evidence]
  return (
    <li className={`step ${look}`} data-step={step.step}>
      <span className="at">
        {since === null ? (
          '–'
        ) : (
          <>
            {since} <i>ms</i>
          </>
        )}
      </span>
      <StepMark look={look} />
      <div>
        <p>
          <b>{strong}</b> {rest}
        </p>
        <p className="fact">
          {fact !== null && <code>{fact}</code>}
          <span className="evidence" data-evidence={step.evidence} title={title}>
            {word}
          </span>
        </p>
      </div>
    </li>
  )
}

/** The start of its clock: when it was sent, and for a message from outside its first sight here. */
const startOf = (message: MessageView, steps: readonly LifeStep[]): number | null =>
  message.sentAt ?? steps.find(({ at }) => at !== null)?.at ?? null

/** A message's life on one system, as steps in order of measured time. */
export function Life({ message, side }: { message: MessageView; side: Side }) {
  const { lane, destination, life, steps } = side
  const { manifest, modeManifest } = lane
  const words: LifeWords = {
    label: manifest.label,
    mode: modeManifest,
    destination: lane.destination,
    sender: message.sender,
  }
  const place = {
    address: destination?.address ?? lane.destination,
    settings: destination?.settings ?? {},
    key: message.key,
  }
  const start = startOf(message, steps)
  return (
    <section aria-label={`Life of the message on ${manifest.label}`}>
      <h3>
        Its life on {manifest.label}
        <span>{lifeSummary(steps)}</span>
      </h3>
      {life.earlier > 0 && <p className="hint">{formatCount(life.earlier)} earlier deliveries not kept</p>}
      <ol>
        {steps.map((step, index) => (
          <Step
            // biome-ignore lint/suspicious/noArrayIndexKey: steps have no name of their own and keep their order
            key={index}
            step={step}
            start={start}
            words={words}
            fact={modeManifest.fact?.(step, place) ?? null}
          />
        ))}
      </ol>
    </section>
  )
}

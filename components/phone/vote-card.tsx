import { useState } from 'react'
import type { Vote } from '#lib/protocol/vote.ts'
import { formatCount } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { errorWords } from '../words/errors.ts'
import { Card, CardBody } from './card.tsx'
import type { PhoneConnection } from './phone-connection.ts'

/** Short choices stand side by side, as long as all of them fit. */
const SHORT_CHARS = 12
const SIDE_BY_SIDE_MAX = 3

interface VoteProps {
  connection: PhoneConnection
  vote: Vote
}

/** The room's question: one tap, hidden until it is revealed, and then what happened. */
export function VoteCard({ connection, vote }: VoteProps) {
  // Which question it was for, so that the next one begins without a choice.
  const [mine, setMine] = useState<{ number: number; choice: number } | null>(null)
  const [problem, setProblem] = useState('')
  const chosen = mine?.number === vote.number ? mine.choice : null
  const choose = async (choice: number) => {
    const before = mine
    setMine({ number: vote.number, choice })
    const failed = await connection.castVote(choice)
    if (failed !== null) setMine(before)
    setProblem(failed === null ? '' : errorWords(failed.code))
  }
  return (
    <Card label="Vote">
      <CardBody>
        <h2 className="font-strong text-[18px] leading-[24px]">{vote.question}</h2>
        {vote.phase === 'open' ? (
          <Choices vote={vote} chosen={chosen} onChoose={(choice) => void choose(choice)} />
        ) : (
          <Result vote={vote} chosen={chosen} />
        )}
        <Voted vote={vote} of={connection.model.phones} />
        {problem !== '' && (
          <p role="alert" className="mt-2 text-[15px] text-bad leading-[20px]">
            {problem}
          </p>
        )}
      </CardBody>
    </Card>
  )
}

function Choices({
  vote: { question, choices },
  chosen,
  onChoose,
}: {
  vote: Vote
  chosen: number | null
  onChoose(choice: number): void
}) {
  const isShort = choices.length <= SIDE_BY_SIDE_MAX && choices.every((one) => one.length <= SHORT_CHARS)
  return (
    <div
      role="radiogroup"
      aria-label={question}
      className={`my-2.5 grid gap-2 ${isShort ? 'auto-cols-fr grid-flow-col' : ''}`}
    >
      {choices.map((choice, index) => (
        // biome-ignore lint/a11y/useSemanticElements: a tap is the answer; a radio button's field would need a second one
        <button
          key={choice}
          type="button"
          role="radio"
          aria-checked={chosen === index}
          onClick={() => onChoose(index)}
          className={`relative touch-manipulation rounded-2 bg-surface px-3 py-2 font-strong text-[17px] leading-[24px] aria-checked:bg-hover aria-checked:outline-[2.5px] aria-checked:outline-ink ${isShort ? 'min-h-18 text-center' : 'min-h-14 pr-8 text-left'} border-[1.5px] border-line-control`}
        >
          {choice}
          {chosen === index && <Icon name="check" className="absolute top-1.5 right-1.5" />}
        </button>
      ))}
    </div>
  )
}

function Result({ vote, chosen }: { vote: Vote; chosen: number | null }) {
  const { choices, counts = [], right } = vote
  const all = Math.max(1, vote.voted)
  return (
    <ul className="my-2.5 grid gap-2.5">
      {choices.map((choice, index) => (
        <li key={choice} className="grid gap-1 text-[15px] leading-[20px]">
          <span className="flex items-center gap-2">
            <b className={chosen === index ? 'font-strong' : 'font-text'}>
              {choice}
              {chosen === index && ' (you)'}
            </b>
            {right === index && (
              <span className="flex items-center gap-1 text-good">
                <Icon name="check" /> what happened
              </span>
            )}
            <span className="ml-auto">{formatCount(counts[index] ?? 0)}</span>
          </span>
          <span className="block h-2 overflow-hidden rounded-1 bg-line">
            <span
              className="block h-full bg-ink"
              style={{ width: `${((counts[index] ?? 0) / all) * 100}%` }}
            />
          </span>
        </li>
      ))}
    </ul>
  )
}

const Voted = ({ vote: { voted, phase }, of }: { vote: Vote; of: number }) => {
  const all = Math.max(of, voted)
  return (
    <p className="flex items-center gap-3 whitespace-nowrap text-[13px] text-ink-2 leading-[16px]">
      <span>
        <b className="font-strong text-ink">
          {formatCount(voted)} of {formatCount(all)}
        </b>{' '}
        voted
      </span>
      <span className="h-1.5 flex-1 overflow-hidden rounded-1 bg-line">
        <span className="block h-full bg-ink" style={{ width: `${(voted / Math.max(1, all)) * 100}%` }} />
      </span>
      <span>{phase === 'open' ? 'Hidden until it has run' : 'Revealed'}</span>
    </p>
  )
}

import { useState } from 'react'
import type { SettleVerb } from '#lib/protocol/command-schemas.ts'
import type { Mode } from '#lib/protocol/names.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import { Icon, type IconName } from '../ui/icon.tsx'
import { Tag } from '../ui/tag.tsx'
import { useTick } from '../ui/use-tick.ts'
import { errorWords } from '../words/errors.ts'
import { VERB_LABEL } from '../words/settle.ts'
import { Act, Card, CardBody, CardText, CardTitle } from './card.tsx'
import type { PhoneConnection } from './phone-connection.ts'
import type { Arrival } from './phone-model.ts'
import type { PhoneMode, PhoneSystem } from './systems.ts'
import { ARRIVAL_TITLE, consequence, SETTLED_WORDS, shareWords } from './words.ts'

const SECOND_MS = 1_000
const VERBS: ReadonlyArray<readonly [SettleVerb, 'solid' | 'plain' | 'bad', IconName]> = [
  ['ack', 'solid', 'check'],
  ['requeue', 'plain', 'rewind'],
  ['reject', 'bad', 'dead'],
]

interface Place {
  connection: PhoneConnection
  seat: Consumer
  system: PhoneSystem
  mode: Mode
  modeProfile: PhoneMode
}

/** How long ago it came, as minutes and seconds. */
function Age({ at }: { at: number }) {
  useTick(true)
  const seconds = Math.max(0, Math.floor((Date.now() - at) / SECOND_MS))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** The message that this person's consumer got last, or still has to answer; and the answers. */
export function ArrivalCard(place: Place) {
  const { model } = place.connection
  const arrival = model.unacked[0] ?? model.last
  return arrival === null ? <Nothing {...place} /> : <Arrived {...place} arrival={arrival} />
}

const Nothing = ({ modeProfile }: Place) => (
  <Card label="What you get">
    <CardBody>
      <CardTitle>{modeProfile.empty.strong}</CardTitle>
      <CardText>{modeProfile.empty.rest}</CardText>
    </CardBody>
  </Card>
)

function Arrived({ arrival, ...place }: Place & { arrival: Arrival }) {
  const { connection, seat, system, mode, modeProfile } = place
  const content = connection.model.contentOf(arrival.messageId)
  const isUnacked = arrival.state === 'unacked'
  const others = othersThere(place)
  const title = isUnacked || arrival.state === 'got' ? ARRIVAL_TITLE[mode] : 'Your last one'
  const around = {
    mode,
    modeProfile,
    label: system.label,
    others,
    group: seat.group,
    isPart: connection.model.part !== null,
  }
  const waiting = connection.model.unacked.length - 1
  return (
    <Card label={title}>
      <p
        role="status"
        className="flex items-center gap-2.5 bg-signal-row px-4 py-2.5 text-[15px] text-on-signal-row leading-[20px]"
      >
        <Tag number={content?.number ?? null} look="on-trace" className="h-6 text-[14px]" />
        <b className="font-strong">
          {title}
          {arrival.partition !== null && ` in p${arrival.partition}`}
        </b>
        {isUnacked && (
          <span aria-live="off" className="ml-auto flex items-center gap-1.5 font-strong">
            <Icon name="clock" className="size-[18px]" />
            <Age at={arrival.at} />
          </span>
        )}
      </p>
      <CardBody>
        <h2 dir="auto" className="break-words font-strong text-[26px] leading-[32px] tracking-digits">
          {content === null ? 'A message from before you came' : content.text || 'An empty message'}
        </h2>
        <p className="mt-0.5 mb-3.5 text-[15px] text-ink-2 leading-[20px]">
          {content?.sender && (
            <>
              From <bdi>{content.sender}</bdi>.{' '}
            </>
          )}
          {arrival.redelivered && 'It was given out before. '}
          {arrival.state in SETTLED_WORDS
            ? SETTLED_WORDS[arrival.state as keyof typeof SETTLED_WORDS]
            : shareWords(around, isUnacked)}
          {waiting > 0 && ` ${waiting} more in your hand.`}
        </p>
        {isUnacked && connection.model.part === null && <Answers {...place} arrival={arrival} />}
      </CardBody>
    </Card>
  )
}

function Answers({ arrival, connection, seat, system, mode }: Place & { arrival: Arrival }) {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState('')
  const answer = async (verb: SettleVerb) => {
    setBusy(true)
    const failed = await connection.settle(verb, arrival.delivery)
    setBusy(false)
    setProblem(failed === null ? '' : errorWords(failed.code, { label: system.label }))
  }
  return (
    <>
      <div className="grid grid-cols-2 gap-2">
        {VERBS.map(([verb, look, icon]) => (
          <Act
            key={verb}
            look={look}
            icon={icon}
            name={VERB_LABEL[verb]}
            means={consequence(verb, system.label, mode, connection.model.destination, seat)}
            disabled={busy}
            onClick={() => void answer(verb)}
          />
        ))}
      </div>
      {problem !== '' && (
        <p role="alert" className="mt-2 text-[15px] text-bad leading-[20px]">
          {problem}
        </p>
      )}
    </>
  )
}

/** The others that could have got it: of the same group where there are groups. */
const othersThere = ({ connection, seat, modeProfile }: Place): number =>
  connection.model.neighbours.filter(
    ({ id, group, state, role }) =>
      id !== seat.id &&
      role === undefined &&
      (state === 'attached' || state === 'paused') &&
      (!modeProfile.hasGroups || group === seat.group),
  ).length

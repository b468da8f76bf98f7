import { useState } from 'react'
import type { Mode } from '#lib/protocol/names.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import { formatCount } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { hueStyle } from '../ui/look.ts'
import { errorWords } from '../words/errors.ts'
import { ArrivalCard } from './arrival-card.tsx'
import { ConnectionCard } from './connection-card.tsx'
import { isBrokerAway } from './connection-words.ts'
import { GroupCard } from './group-card.tsx'
import type { PhoneConnection } from './phone-connection.ts'
import { SayCard } from './say-card.tsx'
import type { PhoneMode, PhoneSystem } from './systems.ts'
import { VoteCard } from './vote-card.tsx'
import { figures, roomTitle } from './words.ts'

interface SeatProps {
  connection: PhoneConnection
  room: string
  seat: Consumer
  system: PhoneSystem
  mode: Mode
  modeProfile: PhoneMode
  onLeave(): void
}

/** A person's seat: the broker's hue fills the phone, so that a hall of raised phones is a map. */
export function SeatScreen(props: SeatProps) {
  const { connection, seat, system, modeProfile } = props
  const { vote } = connection.model
  const isOwn = connection.model.part === null
  const isThere = seat.state === 'attached' || seat.state === 'paused'
  return (
    <div
      data-system={system.id}
      style={hueStyle(system)}
      className="flex min-h-[100dvh] flex-col bg-hue text-on-hue [--g-hole:var(--hue)]"
    >
      <div className="mx-auto flex w-full max-w-[480px] flex-1 flex-col">
        <Identity {...props} />
        <main className="flex flex-col gap-3 px-3">
          {vote && <VoteCard connection={connection} vote={vote} />}
          <ConnectionCard connection={connection} seat={seat} system={system} modeProfile={modeProfile} />
          {isThere && <Received {...props} />}
          {isThere && isOwn && <SayCard connection={connection} system={system} to={seat.destination} />}
        </main>
        {isThere && isOwn && modeProfile.can.crash && (
          <Drop connection={connection} mode={props.mode} modeProfile={modeProfile} />
        )}
        <Foot {...props} />
      </div>
    </div>
  )
}

/** What the consumer got. A reader without a partition gets nothing, and one whose broker is silent neither: that is said instead. */
function Received({ connection, seat, system, mode, modeProfile }: SeatProps) {
  const { model } = connection
  const group = <GroupCard model={model} label={system.label} noun={modeProfile.consumerNoun} />
  const mine = model.assignment?.members.find(({ consumer }) => consumer === seat.name)
  const waits = modeProfile.hasGroups && mine?.partitions.length === 0
  const hasNothing = model.unacked.length === 0 && model.last === null
  if (hasNothing && isBrokerAway(model.brokers.get(system.id))) return null
  if (hasNothing && waits) return group
  return (
    <>
      <ArrivalCard
        connection={connection}
        seat={seat}
        system={system}
        mode={mode}
        modeProfile={modeProfile}
      />
      {waits && group}
    </>
  )
}

/** A longer name is written smaller, on one line beside the broker's shape. */
const LARGE_MAX_CHARS = 10

function brokerWord(connection: PhoneConnection, system: PhoneSystem): string {
  if (connection.state.at !== 'live') return 'reconnecting'
  return connection.model.brokers.get(system.id)?.status ?? 'connecting'
}

function Identity({ connection, room, seat, system, modeProfile }: SeatProps) {
  const status = brokerWord(connection, system)
  const isOwn = connection.model.part === null
  return (
    <header className="relative overflow-hidden px-5 pb-4">
      <div className="flex h-13 items-center gap-2 text-[15px] leading-[20px]">
        <Icon name="user" className="size-[18px]" />
        <b className="truncate font-strong text-[16px]">{roomTitle(room)}</b>
        {isOwn && (
          <span className="whitespace-nowrap">
            {formatCount(connection.model.phones)} {connection.model.phones === 1 ? 'phone' : 'phones'}
          </span>
        )}
        <span role="status" className="ml-auto flex items-center gap-1.5 whitespace-nowrap">
          <i
            className={`size-2 rounded-[50%] ${status === 'up' ? 'bg-on-hue' : 'border-2 border-on-hue border-dashed'}`}
          />
          {status}
        </span>
      </div>
      <svg aria-hidden="true" className="absolute top-16 right-5 size-21">
        <use href={`#${system.look.glyph}`} />
      </svg>
      <p className="mt-1.5 text-[15px] leading-[20px]">{isOwn ? 'You are' : 'In this lesson you play'}</p>
      <h1
        className={`mr-24 break-words font-strong leading-[48px] tracking-[-0.03em] ${seat.name.length > LARGE_MAX_CHARS ? 'text-[32px]' : 'text-[44px]'}`}
      >
        {seat.name}
      </h1>
      <p className="mt-0.5 mr-24 text-[16px] leading-[24px]">
        {modeProfile.can.groups && seat.group !== undefined ? `in group ${seat.group}, ` : 'on '}
        {system.label} <code className="break-words font-strong">{seat.destination}</code>
      </p>
    </header>
  )
}

function dropWords({ can }: PhoneMode, mode: Mode): string {
  if (can.settle && mode === 'queue') return 'and see who gets it'
  return can.keepsForAbsent ? 'and see who reads' : 'and miss the next'
}

function Drop({ connection, mode, modeProfile }: Pick<SeatProps, 'connection' | 'mode' | 'modeProfile'>) {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState('')
  const drop = async () => {
    setBusy(true)
    const failed = await connection.drop()
    setBusy(false)
    setProblem(failed === null ? '' : errorWords(failed.code))
  }
  return (
    <div className="mx-3 mt-6">
      <button
        type="button"
        disabled={busy}
        onClick={() => void drop()}
        className="flex min-h-14 w-full touch-manipulation flex-wrap items-center justify-center gap-x-2.5 rounded-2 border-[1.5px] border-on-hue px-2 font-strong text-[17px] text-on-hue"
      >
        <Icon name="crash" className="size-[18px]" />
        Drop connection
        <span className="font-text text-[15px]">{dropWords(modeProfile, mode)}</span>
      </button>
      {problem !== '' && (
        <p role="alert" className="mt-2 text-[15px] leading-[20px]">
          {problem}
        </p>
      )}
    </div>
  )
}

const DID = { queue: 'did', fanout: 'got', log: 'read' } as const

function Foot({ connection, seat, mode, modeProfile, onLeave }: SeatProps) {
  const { model } = connection
  const count = modeProfile.can.settle ? model.acked : model.got
  const shown = figures(model.seatFacts, seat.group)
  return (
    <footer className="mt-auto px-5 pt-6 pb-3 text-[14px] leading-[20px]">
      <p className="flex flex-wrap justify-between gap-x-4">
        <span>
          {model.part === null ? 'You' : seat.name} {modeProfile.can.settle ? DID.queue : DID[mode]}{' '}
          <b className="font-strong">{formatCount(count)}</b>
        </span>
        {shown.length > 0 && (
          <span>
            {modeProfile.can.groups && seat.group !== undefined
              ? `Group ${seat.group}`
              : modeProfile.noun.charAt(0).toUpperCase() + modeProfile.noun.slice(1)}
            :{' '}
            {shown.map(([name, value], index) => (
              <span key={name}>
                {index > 0 && ', '}
                {mode === 'log' ? `${name} ` : ''}
                <b className="font-strong">{value}</b>
                {mode === 'log' ? '' : ` ${name}`}
              </span>
            ))}
          </span>
        )}
      </p>
      <button type="button" onClick={onLeave} className="mx-auto mt-1 block min-h-12 px-4 underline">
        Leave the room
      </button>
    </footer>
  )
}

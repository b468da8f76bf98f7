'use client'

import { type ReactNode, useCallback, useEffect, useState } from 'react'
import { Icon } from '../ui/icon.tsx'
import { hueStyle } from '../ui/look.ts'
import { Sprite } from '../ui/sprite.tsx'
import { errorWords } from '../words/errors.ts'
import { enterRoom } from './enter-room.ts'
import { JoinForm } from './join-form.tsx'
import type { PhoneConnection } from './phone-connection.ts'
import { endVisit, isUnderWay, lastVisit, rememberVisit, type Visit } from './phone-memory.ts'
import { SeatScreen } from './seat-screen.tsx'
import type { PhoneMode, PhoneSystem } from './systems.ts'
import { usePhone, useWakeLock } from './use-phone.ts'
import { roomTitle } from './words.ts'

interface PhonePageProps {
  /** The code in the link; empty at `/join`. */
  code: string
  systems: readonly PhoneSystem[]
}

type PageState = { at: 'opening' } | { at: 'form'; name: string; note: string } | { at: 'room'; visit: Visit }

/** A phone's way through a workshop: the code and a name, then a seat until the person leaves. */
export function PhonePage({ code, systems }: PhonePageProps) {
  const [page, setPage] = useState<PageState>({ at: 'opening' })
  useEffect(() => {
    const last = lastVisit()
    const goesOn = last !== null && isUnderWay(last) && (code === '' || code === last.code)
    setPage(goesOn ? { at: 'room', visit: last } : { at: 'form', name: last?.name ?? '', note: '' })
  }, [code])
  const leave = useCallback((visit: Visit, note: string) => {
    endVisit(visit)
    setPage({ at: 'form', name: visit.name, note })
  }, [])
  const join = async (typed: string, name: string): Promise<string> => {
    const entered = await enterRoom(typed, name)
    if (!entered.ok) return entered.why
    // What was in the link stays the visit's: the page is loaded again under the same address.
    const { room, person, name: given } = entered
    const visit: Visit = { code: code === '' ? typed : code, name: given, room, person }
    rememberVisit(visit)
    setPage({ at: 'room', visit })
    return ''
  }
  return (
    <>
      <Sprite />
      {page.at === 'form' && (
        <>
          {page.note !== '' && (
            <p role="status" className="bg-ink px-5 py-3 text-[15px] text-ink-inv leading-[20px]">
              {page.note}
            </p>
          )}
          <JoinForm code={code} name={page.name} systems={systems} onJoin={join} />
        </>
      )}
      {page.at === 'room' && (
        <Room visit={page.visit} systems={systems} onLeave={(note) => leave(page.visit, note)} />
      )}
    </>
  )
}

interface RoomProps {
  visit: Visit
  systems: readonly PhoneSystem[]
  onLeave(note: string): void
}

function Room({ visit, systems, onLeave }: RoomProps) {
  const connection = usePhone(visit)
  useWakeLock()
  const state = connection?.state
  useEffect(() => {
    if (state?.at === 'no-room') onLeave('The room is closed.')
    else if (state?.at === 'refused') onLeave(errorWords(state.code))
    else if (state?.at === 'reload') location.reload()
  }, [state, onLeave])
  if (connection === null) return <Waiting room={visit.room} words="Connecting" />
  const place = placeOf(connection, systems)
  if (place === null) return <WithoutSeat connection={connection} room={visit.room} systems={systems} />
  const leave = () => void connection.leave().finally(() => onLeave(''))
  return <SeatScreen connection={connection} room={visit.room} {...place} onLeave={leave} />
}

function placeOf({ model }: PhoneConnection, systems: readonly PhoneSystem[]) {
  const { seat, destination } = model
  const system = systems.find(({ id }) => id === seat?.system)
  const modeProfile: PhoneMode | undefined =
    destination === null ? undefined : system?.modes[destination.mode]
  if (seat === null || destination === null || system === undefined || modeProfile === undefined) return null
  return { seat, system, mode: destination.mode, modeProfile }
}

/** Somebody took the seat away, or there was none to be had. */
function WithoutSeat({
  connection,
  room,
  systems,
}: Pick<PhonePageProps, 'systems'> & { connection: PhoneConnection; room: string }) {
  const { state, seatRefusal, model } = connection
  if (state.at !== 'live') return <Waiting room={room} words="Connecting" />
  if (model.choosesSeat) return <Choose connection={connection} room={room} systems={systems} />
  if (seatRefusal === null && !model.lostSeat) return <Waiting room={room} words="Your seat is dealt" />
  return (
    <Waiting room={room} words={seatRefusal === null ? 'Your seat was taken away.' : errorWords(seatRefusal)}>
      <button
        type="button"
        onClick={() => void connection.takeSeat()}
        className="mt-5 flex h-20 w-full touch-manipulation items-center justify-center gap-3 rounded-2 bg-action font-strong text-[26px] text-on-action"
      >
        Take a seat <Icon name="send" className="size-[22px]" />
      </button>
    </Waiting>
  )
}

/** The presenter lets people say where they sit. */
function Choose({
  connection,
  room,
  systems,
}: Pick<PhonePageProps, 'systems'> & { connection: PhoneConnection; room: string }) {
  const [busy, setBusy] = useState(false)
  const take = async (system: string, destination: string) => {
    setBusy(true)
    await connection.takeSeat({ system, destination })
    setBusy(false)
  }
  return (
    <Waiting
      room={room}
      words={connection.seatRefusal === null ? 'Where do you sit?' : errorWords(connection.seatRefusal)}
    >
      <div className="mt-5 grid gap-2">
        {[...connection.model.destinations.values()].map(({ id, system, name, mode }) => {
          const found = systems.find((one) => one.id === system)
          if (found === undefined) return null
          return (
            <button
              key={id}
              type="button"
              disabled={busy}
              onClick={() => void take(system, name)}
              style={hueStyle(found)}
              className="flex min-h-20 touch-manipulation flex-wrap items-center gap-x-3 rounded-2 bg-hue px-4 text-on-hue [--g-hole:var(--hue)]"
            >
              <svg aria-hidden="true" className="size-8">
                <use href={`#${found.look.glyph}`} />
              </svg>
              <b className="font-strong text-[17px]">
                {found.modes[mode]?.consumerNoun} on {found.label}
              </b>
              <code className="break-words">{name}</code>
            </button>
          )
        })}
      </div>
    </Waiting>
  )
}

const Waiting = ({ room, words, children }: { room: string; words: string; children?: ReactNode }) => (
  <main className="mx-auto w-full max-w-[480px] px-5 pt-16">
    <h1 className="font-strong text-[44px] leading-[48px] tracking-[-0.03em]">{roomTitle(room)}</h1>
    <p role="status" className="mt-1 text-[16px] text-ink-2 leading-[24px]">
      {words}
    </p>
    {children}
  </main>
)

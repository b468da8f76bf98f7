'use client'

import { LOBBY } from '#lib/protocol/lobby.ts'
import { shorten } from '#lib/util/cut-text.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { type LaneRef, receiversOf } from '../feed/lane-ref.ts'
import { useLaneStructure } from '../feed/use-lane.ts'
import { formatCount, formatNumber } from '../ui/format.ts'
import { Glyph, Icon, Logo } from '../ui/icon.tsx'
import { QrCode } from '../ui/qr-code.tsx'
import { sentToWords } from '../words/seats.ts'
import { nothingWords } from '../words/verdicts.ts'
import { phonesIn } from './phones.ts'
import { useJoinPlace } from './use-join-place.ts'

/** As much of a message as a line has room for; the rest is on the desk. */
const SHOWN_MAX_CHARS = 60
const SENDER_MAX_CHARS = 20

function LaneHeads({ lane }: { lane: LaneRef }) {
  const view = useLaneStructure(lane)
  const count = receiversOf(view?.consumers ?? []).length
  const noun = lane.modeManifest.consumerNoun
  return (
    <li className="flex items-center gap-3" data-system={lane.manifest.id}>
      <Glyph manifest={lane.manifest} className="size-9" />
      <span>
        <b className="mr-3 font-strong text-ink tracking-tight fs-xl">{formatCount(count)}</b>
        {count === 1 ? noun : `${noun}s`}
      </span>
    </li>
  )
}

/** Phones where there are any, else the people in the room. */
function RoomHeads() {
  const phones = useSlice(phonesIn)
  const people = useSlice(({ views }) => views.people.length)
  const count = phones || people
  const noun = phones > 0 ? (count === 1 ? 'phone' : 'phones') : count === 1 ? 'person' : 'people'
  return (
    <li className="flex items-center gap-3">
      <Icon name={phones > 0 ? 'phone' : 'user'} className="size-9" />
      <span>
        <b className="mr-3 font-strong text-ink tracking-tight fs-xl">{formatCount(count)}</b>
        {noun}
      </span>
    </li>
  )
}

function OnTheWire() {
  const feed = useFeed()
  useSlice((one) => {
    const message = one.views.message(one.trace.messageId ?? '')
    return `${one.trace.messageId} ${message?.number} ${message?.lives.size} ${message?.text === null} ${one.views.numbered}`
  })
  const message = feed.views.message(feed.trace.messageId ?? '')
  if (!message) return <p className="text-ink-2 text-md">{nothingWords(feed.views.numbered)}</p>
  return (
    <p className="flex items-center gap-4 whitespace-nowrap text-ink-2 text-md">
      <span className="inline-flex h-11 items-center rounded-2 bg-signal px-3 font-strong text-on-signal text-md">
        {formatNumber(message.number)}
      </span>
      <span>
        {message.sender && (
          <b className="font-strong text-ink">{shorten(message.sender, SENDER_MAX_CHARS)} </b>
        )}
        <span className="text-ink">{shorten(message.text ?? '', SHOWN_MAX_CHARS)}</span>
      </span>
      <span>{sentToWords([...message.lives.keys()], message.outside)}</span>
    </p>
  )
}

/** Phones cannot open an address that is this machine's alone: a code that leads nowhere is not shown. */
function Join({ room }: { room: string }) {
  const place = useJoinPlace(room)
  if (place === null) return <div />
  const { address, code, url, reachable } = place
  return (
    <div className="flex flex-none gap-8">
      <div className="flex flex-col justify-center whitespace-nowrap text-right text-ink-2 text-md">
        <p>{reachable ? 'Join on your phone' : 'Join on this machine'}</p>
        <p className="font-strong text-ink text-lg">{address}</p>
        <p>with the code</p>
        <p className="font-mono font-strong text-3xl text-ink" data-part="join-code">
          {code}
        </p>
      </div>
      {reachable ? (
        <QrCode
          text={url}
          label={`QR code: join this room at ${address}`}
          className="size-58 flex-none rounded-2"
        />
      ) : (
        <p className="grid size-58 flex-none content-center justify-items-center gap-2 rounded-2 border-2 border-line-control border-dashed px-4 text-center text-ink-2 text-xs">
          <Icon name="phone" className="size-9" />
          For phones start with <code>--share</code>
        </p>
      )}
    </div>
  )
}

/** Which room this is, who is in it, which message is traced, and how one joins. */
export const StageTop = ({ room, lanes }: { room: string; lanes: readonly LaneRef[] }) => (
  <header className="flex items-stretch justify-between gap-8">
    <div className="flex min-w-0 flex-col justify-between">
      <div className="flex items-center gap-4">
        <Logo className="size-10" />
        <h1 className="whitespace-nowrap font-strong text-2xl tracking-tight">
          {room === LOBBY ? 'Lobby' : room}
        </h1>
      </div>
      <ul className="flex items-center gap-9 whitespace-nowrap text-ink-2 text-md" aria-label="Who is here">
        <RoomHeads />
        {lanes.map((lane) => (
          <LaneHeads key={lane.manifest.id} lane={lane} />
        ))}
      </ul>
      <OnTheWire />
    </div>
    <Join room={room} />
  </header>
)

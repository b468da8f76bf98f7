'use client'

import { Fragment, memo, type RefObject, useMemo, useRef } from 'react'
import type { Mode } from '#lib/protocol/names.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { formatCount, plural } from '../ui/format.ts'
import type { Variables } from '../ui/look.ts'
import { Port } from '../ui/port.tsx'
import { idleWords, KEY_STATES } from '../words/seats.ts'
import { OtherParts, PartPlayers } from './part-players.tsx'
import { phonesByPart } from './phones.ts'
import type { MapNow } from './read-seats.ts'
import { drawCords, PORT_X } from './seat-cords.ts'
import { layoutSeats, type Place, type SeatLayout } from './seat-layout.ts'
import type { SeatGroup } from './seat-plan.ts'
import { useSeats } from './use-seats.ts'

interface CordsProps {
  mode: Mode
  layout: SeatLayout
  lit: MapNow['lit']
  /** Changes with the traced message, so that new cords draw themselves. */
  traceKey: string
}

function Cords({ mode, layout, lit, traceKey }: CordsProps) {
  const { paths, ports } = drawCords(layout, lit)
  return (
    <svg className="absolute top-0 left-0 overflow-visible" width="1" height="1" aria-hidden="true">
      {paths.map((path) => (
        <path key={`${traceKey} ${path}`} d={path} className="cord" pathLength="1" />
      ))}
      {ports.map((y) => (
        <Port key={y} mode={mode} size="stage" x={PORT_X} y={y} />
      ))}
    </svg>
  )
}

const seatStyle = ({ x, y, col }: Place, { columns }: SeatLayout): Variables => ({
  left: x,
  top: y,
  '--across': String(columns > 1 ? col / (columns - 1) : 0),
})

/** The seats alone: their states are written into them by `useSeats`. */
const Seats = memo(function Seats({
  groups,
  layout,
  list,
  label,
}: {
  groups: readonly SeatGroup[]
  layout: SeatLayout
  list: RefObject<HTMLUListElement | null>
  label: string
}) {
  const style: Variables = { '--d': `${layout.size}px` }
  return (
    // biome-ignore lint/a11y/noRedundantRoles: Safari takes the role from lists without bullets
    <ul className="absolute inset-0" role="list" aria-label={label} ref={list} style={style}>
      {groups.slice(0, layout.sections.length).flatMap(({ name, seats }, group) =>
        seats.map((_, seat) => {
          const place = layout.sections[group]?.places[seat]
          return (
            place && (
              // biome-ignore lint/suspicious/noArrayIndexKey: a seat is its place
              <li className="seat" key={`${name} ${seat}`} style={seatStyle(place, layout)}>
                <span className="seat-mark" aria-hidden="true" />
              </li>
            )
          )
        }),
      )}
    </ul>
  )
})

/** Below each seat whose it is: its owner's name, else the consumer's. */
function Names({
  lane,
  groups,
  layout,
}: {
  lane: LaneRef
  groups: readonly SeatGroup[]
  layout: SeatLayout
}) {
  const feed = useFeed()
  useSlice((one) => [...phonesByPart(one)].join(' '))
  const phones = phonesByPart(feed)
  const view = feed.views.destination(lane.manifest.id, lane.destination)
  const width = layout.nameWidth
  if (width === null) return null
  const named = new Map(view?.consumers.map(({ id, name, owner }) => [id, owner?.name ?? name]))
  return groups.flatMap(({ seats }, group) =>
    seats.flatMap((id, seat) => {
      const place = layout.sections[group]?.places[seat]
      if (id === null || !place) return []
      return (
        <Fragment key={id}>
          <p
            className="absolute overflow-hidden text-ellipsis whitespace-nowrap text-ink-2 text-xs"
            style={{ left: place.x, top: place.y + layout.size + 2, width }}
            title={named.get(id)}
            aria-hidden="true"
          >
            {named.get(id)}
          </p>
          <PartPlayers count={phones.get(id)} place={place} layout={layout} width={width} />
        </Fragment>
      )
    }),
  )
}

/** How many of each row got the message, where seats are too small to be counted by eye. */
function RowCounts({ layout, lit }: { layout: SeatLayout; lit: MapNow['lit'] }) {
  const { rowCountX: x } = layout
  if (x === null) return null
  return layout.sections.flatMap(({ places }, group) =>
    places
      .filter(({ col }) => col === 0)
      .map(({ y, row }) => {
        const count = (lit[group] ?? []).filter((seat) => places[seat]?.row === row).length
        return (
          <p
            key={y}
            className={`absolute text-xs leading-none ${count > 0 ? 'font-strong text-ink' : 'text-ink-3'}`}
            style={{ left: x, top: y - 7 }}
          >
            {formatCount(count)}
          </p>
        )
      }),
  )
}

function GroupLines({
  groups,
  layout,
  got,
  noun,
}: {
  groups: readonly SeatGroup[]
  layout: SeatLayout
  got: readonly string[]
  noun: string
}) {
  return layout.sections.map(({ top }, index) => {
    const group = groups[index]
    if (!group?.name) return null
    const members = group.seats.filter((id) => id !== null).length
    return (
      <p
        key={group.name}
        className="absolute inset-x-0 flex justify-between gap-4 whitespace-nowrap text-ink-2 text-xs"
        style={{ top }}
      >
        <span className="overflow-hidden text-ellipsis">
          <b className="font-strong text-ink">{group.name}</b>, {plural(members, noun)}
        </span>
        <span>{got[index]}</span>
      </p>
    )
  })
}

/** The seats in other states than listening, counted, each beside its own look. */
export function Key({ now, otherwise }: { now: MapNow; otherwise: string }) {
  const shown = KEY_STATES.filter((state) => now.counts[state] > 0)
  if (shown.length === 0) return <p className="self-end whitespace-nowrap text-ink-2 text-xs">{otherwise}</p>
  return (
    <ul
      className="flex items-center gap-6 self-end whitespace-nowrap text-ink-2 text-xs"
      aria-label="Other seats"
    >
      {shown.map((state) => (
        <li key={state} className="flex items-center gap-2.5">
          <i className="seat seat-key" data-state={state} aria-hidden="true" />
          <span>
            <b className="font-strong text-ink">{formatCount(now.counts[state])}</b>{' '}
            {state === 'idle' ? idleWords(now.partitions) : state}
          </span>
        </li>
      ))}
    </ul>
  )
}

interface SeatMapProps {
  lane: LaneRef
  groups: readonly SeatGroup[]
  size: { width: number; height: number }
  /** The sentence in the key's place when all seats listen. */
  otherwise: string
}

/** Characters of 19 px that fit into a seat of this size. */
const markCharsIn = (size: number): number => Math.floor(size / 12)
/** A lone seat that is lit grows where seats are small enough to be overlooked. */
const GROWS_BELOW = 40

/** The seats of one destination with their cords, and the key to them. */
export function SeatMap({ lane, groups, size, otherwise }: SeatMapProps) {
  const feed = useFeed()
  const list = useRef<HTMLUListElement>(null)
  const { width, height } = size
  const layout = useMemo(() => layoutSeats(groups, width, height), [groups, width, height])
  const now = useSeats(lane, groups, markCharsIn(layout.size), list)
  const { label } = lane.manifest
  const several = now.lit.some((seats) => seats.length > 1)
  return (
    <>
      <div className="relative mt-3.5" data-wave={several} data-lone={!several && layout.size < GROWS_BELOW}>
        <Cords mode={lane.mode} layout={layout} lit={now.lit} traceKey={feed.trace.messageId ?? ''} />
        <GroupLines groups={groups} layout={layout} got={now.got} noun={lane.modeManifest.consumerNoun} />
        <Seats groups={groups} layout={layout} list={list} label={`Seats on ${label} ${lane.destination}`} />
        <Names lane={lane} groups={groups} layout={layout} />
        <RowCounts layout={layout} lit={now.lit} />
        <OtherParts lane={lane} groups={groups} />
        {layout.left > 0 && (
          <p className="absolute bottom-0 text-ink-2 text-xs">and {plural(layout.left, 'more group')}</p>
        )}
      </div>
      <Key now={now} otherwise={otherwise} />
    </>
  )
}

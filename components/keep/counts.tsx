import type { ReactNode } from 'react'
import { KeptFigure } from '../browse/kept-figure.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { formatCount } from '../ui/format.ts'

export interface Counter {
  key: string
  label: ReactNode
  /** Null: the broker does not say. */
  value: number | null
  /** What else must be known of the number. */
  note?: string | null
  /** Something went wrong where this is not zero. */
  bad?: boolean
  /** It is how much this lane's destination keeps, which can be looked at. */
  keeps?: LaneRef
}

/** Zero is grey, so that the one that matters stands out. */
function valueLook(value: number | null, bad = false): string {
  if (!value) return 'font-text text-ink-3'
  return bad ? 'font-strong text-bad' : 'font-strong'
}

function Value({ value, keeps }: Pick<Counter, 'value' | 'keeps'>) {
  const shown = value === null ? '?' : formatCount(value)
  return keeps === undefined ? shown : <KeptFigure lane={keeps}>{shown}</KeptFigure>
}

/** Up to three numbers. Unknown is said, not shown as 0. */
export const Counts = ({ counters }: { counters: readonly Counter[] }) => (
  <dl className="mt-2 flex gap-x-6 max-1440:gap-x-4 inspecting:gap-x-3 present:mt-1.5 short:mt-0 short:gap-x-3">
    {counters.map(({ key, label, value, note, bad, keeps }) => (
      <div key={key} className="flex min-w-0 shrink-1 flex-col-reverse justify-end first:shrink-0">
        <dt
          className="overflow-hidden text-ellipsis whitespace-nowrap text-ink-2 text-xs "
          title={key.trim()}
        >
          {label}
          {note && <small className="block [font-size:inherit]">{note}</small>}
        </dt>
        <dd
          className={`min-w-[2.6em] max-1440:min-w-[2.1em] tracking-digits text-2xl stale:text-ink-2 ${valueLook(value, bad)}`}
        >
          <Value value={value} keeps={keeps} />
        </dd>
      </div>
    ))}
  </dl>
)

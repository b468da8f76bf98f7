import type { ReactNode } from 'react'
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
}

/** Up to three numbers. Zero is grey, so that the one that matters stands out; unknown is said, not shown as 0. */
export const Counts = ({ counters }: { counters: readonly Counter[] }) => (
  <dl className="counts">
    {counters.map(({ key, label, value, note, bad }) => (
      <div key={key} className={value ? (bad ? 'bad' : undefined) : 'zero'}>
        <dt>
          {label}
          {note && <small>{note}</small>}
        </dt>
        <dd>{value === null ? '?' : formatCount(value)}</dd>
      </div>
    ))}
  </dl>
)

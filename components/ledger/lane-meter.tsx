'use client'

import { useFeed } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { useNow } from '../feed/use-now.ts'
import { formatCount, formatLatency } from '../ui/format.ts'
import { SlowReaders } from './slow-readers.tsx'
import { Spark } from './spark.tsx'

const VALUE = 'font-strong text-ink'

/** Arrivals a second over the last minute, and how long the newest took: the lane's pulse in one calm line. */
export function LaneMeter({ lane }: { lane: LaneRef }) {
  const now = useNow()
  const meter = useFeed().views.meter(lane.manifest.id, lane.destination, now)
  if (!meter) return null
  const { p50, p99, perSecond, samples } = meter
  return (
    <div className="flex h-6 flex-none items-center gap-2 whitespace-nowrap max-700:h-auto short:h-5 text-ink-2 text-xs present:hidden">
      <Spark values={meter.arrivals} />
      <span
        className={`min-w-7 flex-none ${perSecond === 0 ? 'font-text' : ''}`}
        title="Arrivals in the last whole second"
      >
        <b className={perSecond === 0 ? 'font-text' : VALUE}>{formatCount(perSecond)}</b>/s
      </span>
      <span
        className={`min-w-0 overflow-hidden text-ellipsis ${p50 === null ? 'font-text' : ''}`}
        title={`Of the newest ${formatCount(samples)} arrivals within a minute: half took no longer than the first, 99 of 100 no longer than the second`}
      >
        {p50 === null || p99 === null ? (
          'no latency yet'
        ) : (
          <>
            p50 <b className={VALUE}>{formatLatency(p50).replace(/ ms$/, '')}</b> p99{' '}
            <b className={VALUE}>{formatLatency(p99)}</b>
          </>
        )}
      </span>
      <SlowReaders />
    </div>
  )
}

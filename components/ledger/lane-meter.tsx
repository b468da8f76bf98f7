'use client'

import { useFeed } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { useNow } from '../feed/use-now.ts'
import { formatCount, formatLatency } from '../ui/format.ts'
import { SlowReaders } from './slow-readers.tsx'
import { Spark } from './spark.tsx'

/** Arrivals a second over the last minute, and how long the newest took: the lane's pulse in one calm line. */
export function LaneMeter({ lane }: { lane: LaneRef }) {
  const now = useNow()
  const meter = useFeed().views.meter(lane.manifest.id, lane.destination, now)
  if (!meter) return null
  const { p50, p99, perSecond, samples } = meter
  return (
    <div className="meter">
      <Spark values={meter.arrivals} />
      <span className={perSecond === 0 ? 'zero faint' : undefined} title="Arrivals in the last whole second">
        <b className="value">{formatCount(perSecond)}</b>/s
      </span>
      <span
        className={p50 === null ? 'lat-words zero faint' : 'lat-words'}
        title={`Of the newest ${formatCount(samples)} arrivals within a minute: half took no longer than the first, 99 of 100 no longer than the second`}
      >
        {p50 === null || p99 === null ? (
          'no latency yet'
        ) : (
          <>
            p50 <b className="value">{formatLatency(p50).replace(/ ms$/, '')}</b> p99{' '}
            <b className="value">{formatLatency(p99)}</b>
          </>
        )}
      </span>
      <SlowReaders />
    </div>
  )
}

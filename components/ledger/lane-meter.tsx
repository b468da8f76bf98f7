'use client'

import { useFeed } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { useNow } from '../feed/use-now.ts'
import { Explained } from '../ui/explained.tsx'
import { formatCount, formatLatency, plural } from '../ui/format.ts'
import { SlowReaders } from './slow-readers.tsx'
import { Spark } from './spark.tsx'

/** What the two figures of latency mean. */
const percentileWords = (samples: number): string =>
  `How long the newest ${plural(samples, 'arrival')} within a minute took from the send: half no longer than p50, 99 of 100 no longer than p99.`

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
        className={`min-w-11 flex-none text-right ${perSecond === 0 ? 'font-text' : ''}`}
        title="Arrivals in the last whole second"
      >
        <span key={perSecond}>
          <b className={perSecond === 0 ? 'font-text' : VALUE}>{formatCount(perSecond)}</b>/s
        </span>
      </span>
      <span className={`min-w-28 overflow-hidden text-ellipsis ${p50 === null ? 'font-text' : ''}`}>
        {p50 === null || p99 === null ? (
          'no latency yet'
        ) : (
          <Explained text={percentileWords(samples)}>
            p50{' '}
            <b className={`${VALUE} inline-block min-w-[3ch]`}>{formatLatency(p50).replace(/ ms$/, '')}</b>{' '}
            p99 <b className={VALUE}>{formatLatency(p99)}</b>
          </Explained>
        )}
      </span>
      <SlowReaders />
    </div>
  )
}

import { useEffect, useState } from 'react'

/** Countdowns and ages change once a second; two looks a second keep them honest. */
const TICK_MS = 500

/** The time now, Unix time in milliseconds, renewed twice a second while `active`. */
export function useTick(active: boolean): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!active) return undefined
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), TICK_MS)
    return () => clearInterval(timer)
  }, [active])
  return now
}

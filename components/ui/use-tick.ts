import { useEffect, useReducer } from 'react'

/** Countdowns and ages change once a second; two looks a second keep them honest. */
const TICK_MS = 500

/** Renders again twice a second while `active`. What time it is then, the feed knows. */
export function useTick(active: boolean): void {
  const [, tick] = useReducer((ticks: number) => ticks + 1, 0)
  useEffect(() => {
    if (!active) return undefined
    tick()
    const timer = setInterval(tick, TICK_MS)
    return () => clearInterval(timer)
  }, [active])
}

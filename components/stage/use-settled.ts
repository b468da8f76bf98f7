import { useEffect, useState } from 'react'

/** Deliveries of one message are in when its verdict has not changed for this long. */
const SETTLED_AFTER_MS = 1_000

/** The words once they have stood still, and those before until then: what is announced once and not as it counts up. */
export function useSettled(words: string, of: string | null): string {
  const [settled, setSettled] = useState('')
  useEffect(() => {
    if (of === null) return undefined
    const timer = setTimeout(() => setSettled(words), SETTLED_AFTER_MS)
    return () => clearTimeout(timer)
  }, [words, of])
  return settled
}

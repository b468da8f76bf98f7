'use client'

import { useEffect, useReducer, useState } from 'react'
import { hadOf, PhoneConnection } from './phone-connection.ts'
import type { Visit } from './phone-memory.ts'
import { rememberVisit } from './phone-memory.ts'

/** A phone's connection for as long as the visit lasts; the component draws again when anything has changed. */
export function usePhone(visit: Visit): PhoneConnection | null {
  const [, draw] = useReducer((draws: number) => draws + 1, 0)
  const [connection, setConnection] = useState<PhoneConnection | null>(null)
  useEffect(() => {
    let frame = 0
    const onChange = () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0
        draw()
      })
    }
    const { room, person, name, had } = visit
    const opened = new PhoneConnection({ room, person, name, had, onChange })
    setConnection(opened)
    const onSeen = () => {
      if (document.visibilityState === 'visible') void opened.wake()
    }
    document.addEventListener('visibilitychange', onSeen)
    addEventListener('pageshow', onSeen)
    addEventListener('online', onSeen)
    return () => {
      document.removeEventListener('visibilitychange', onSeen)
      removeEventListener('pageshow', onSeen)
      removeEventListener('online', onSeen)
      cancelAnimationFrame(frame)
      opened.close()
    }
  }, [visit])
  const seat = connection?.model.seat
  const id = seat?.id
  // biome-ignore lint/correctness/useExhaustiveDependencies: a seat is remembered once, whatever becomes of it
  useEffect(() => {
    if (seat?.owner) rememberVisit({ ...visit, had: hadOf(seat) })
  }, [id, visit])
  return connection
}

/** The screen stays on while the page is seen, where the browser can do that: over plain HTTP most cannot. */
export function useWakeLock(): void {
  useEffect(() => {
    let lock: WakeLockSentinel | undefined
    let done = false
    const ask = async () => {
      if (document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return
      try {
        lock = await navigator.wakeLock.request('screen')
        if (done) void lock.release()
      } catch {
        // The phone saves its battery: it locks as it always does, and the seat is kept.
        return
      }
    }
    void ask()
    document.addEventListener('visibilitychange', ask)
    return () => {
      done = true
      document.removeEventListener('visibilitychange', ask)
      void lock?.release()
    }
  }, [])
}

'use client'

import { useState } from 'react'
import type { Failure } from '#lib/protocol/errors.ts'
import { errorWords } from '../words/errors.ts'

/** One fault at a time: whether it is being made, and what went wrong with the last one, in words. */
export function useFault(label: string) {
  const [isBusy, setBusy] = useState(false)
  const [refused, setRefused] = useState('')
  return {
    isBusy,
    refused,
    make: async (ask: () => Promise<{ ok: true } | Failure>): Promise<boolean> => {
      setBusy(true)
      const reply = await ask()
      setBusy(false)
      setRefused(reply.ok ? '' : errorWords(reply.code, { label, ...reply }))
      return reply.ok
    },
  }
}

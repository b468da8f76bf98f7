'use client'

import { useEffect } from 'react'
import { toggleStageTheme } from '../ui/appearance.ts'

/** `t` changes between dark and light. */
export function useStageKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      if (event.key !== 't') return
      toggleStageTheme()
      event.preventDefault()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
}

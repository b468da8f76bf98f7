'use client'

import { useEffect, useState } from 'react'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'

const SHOWN_MS = 1_500

type Outcome = 'idle' | 'copied' | 'failed'
const WORDS: Record<Outcome, string> = { idle: 'Copy', copied: 'Copied', failed: 'Select and copy' }

async function copy(text: string): Promise<Outcome> {
  try {
    await navigator.clipboard.writeText(text)
    return 'copied'
  } catch {
    // Not a secure origin, or not allowed: the text stands there to be selected.
    return 'failed'
  }
}

/** Copies a text and says whether that worked. `what` names it for a screen reader: "Copy command for Docker". */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [outcome, setOutcome] = useState<Outcome>('idle')
  useEffect(() => {
    if (outcome === 'idle') return undefined
    const timer = setTimeout(() => setOutcome('idle'), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [outcome])
  return (
    <Button
      look="quiet"
      size="sm"
      aria-label={outcome === 'idle' ? `Copy ${what}` : WORDS[outcome]}
      onClick={() => void copy(text).then(setOutcome)}
    >
      <Icon name={outcome === 'copied' ? 'check' : 'copy'} />
      {WORDS[outcome]}
    </Button>
  )
}

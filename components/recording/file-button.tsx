'use client'

import { useRef } from 'react'

interface FileButtonProps {
  label: string
  strong?: boolean
  onFile(file: File): void
}

/** A button that asks for a file; the same file may be chosen twice. */
export function FileButton({ label, strong = false, onFile }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <button
        type="button"
        className={strong ? 'btn solid' : 'btn sm'}
        onClick={() => input.current?.click()}
      >
        {label}
      </button>
      <input
        ref={input}
        type="file"
        accept=".jsonl,application/x-ndjson"
        aria-label={label}
        hidden
        onChange={(event) => {
          const file = event.target.files?.[0]
          event.target.value = ''
          if (file) onFile(file)
        }}
      />
    </>
  )
}

'use client'

import { useRef } from 'react'
import { FOLDING_ON_PHONE, FoldingWord } from '../ui/folding.tsx'
import { Icon, type IconName } from '../ui/icon.tsx'

interface FileButtonProps {
  label: string
  strong?: boolean
  /** Stands for the words where a phone has no room for them. */
  icon?: IconName
  onFile(file: File): void
}

/** A button that asks for a file; the same file may be chosen twice. */
export function FileButton({ label, strong = false, icon, onFile }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <button
        type="button"
        className={`btn ${strong ? 'solid' : 'sm'} ${icon ? FOLDING_ON_PHONE : ''}`}
        aria-label={label}
        title={icon && label}
        onClick={() => input.current?.click()}
      >
        {icon && <Icon name={icon} />}
        {icon ? <FoldingWord onPhone>{label}</FoldingWord> : label}
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

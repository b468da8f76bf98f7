'use client'

import { useRef } from 'react'
import { Button } from '../ui/button.tsx'
import { FOLDING_ON_PHONE, FoldingWord } from '../ui/folding.tsx'
import { Icon, type IconName } from '../ui/icon.tsx'

interface FileButtonProps {
  label: string
  strong?: boolean
  /** Replaces the label on a phone. */
  icon?: IconName
  onFile(file: File): void
}

/** A button that opens a file chooser. The same file can be chosen twice in a row. */
export function FileButton({ label, strong = false, icon, onFile }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <Button
        look={strong ? 'solid' : 'plain'}
        size={strong ? 'md' : 'sm'}
        className={icon && FOLDING_ON_PHONE}
        aria-label={label}
        title={icon && label}
        onClick={() => input.current?.click()}
      >
        {icon && <Icon name={icon} />}
        {icon ? <FoldingWord onPhone>{label}</FoldingWord> : label}
      </Button>
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

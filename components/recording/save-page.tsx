'use client'

import { useState } from 'react'
import type { Recording } from '#lib/recording/format.ts'
import { Button } from '../ui/button.tsx'
import { download, fileTime } from '../ui/download.ts'
import { FOLDING_ON_PHONE, FoldingWord } from '../ui/folding.tsx'
import { Icon } from '../ui/icon.tsx'
import { createYieldWhenDue, yieldToBrowser } from './yield-to-browser.ts'

async function save(recording: Recording, note: string): Promise<void> {
  const { room, startedAt } = recording.header
  // The button's new state is painted before the work begins.
  await yieldToBrowser()
  // React's renderer to text is loaded for this alone.
  const [{ savedPage }, { appStyleFor }] = await Promise.all([
    import('./saved/page.tsx'),
    import('./saved/app-style.ts'),
  ])
  const zoneMinutes = -new Date(startedAt).getTimezoneOffset()
  const page = await savedPage(recording, {
    note,
    zoneMinutes,
    yieldWhenDue: createYieldWhenDue(),
    styleFor: appStyleFor,
  })
  download(`${room}-${fileTime(startedAt)}.html`, 'text/html;charset=utf-8', [page])
}

type Progress = 'idle' | 'preparing' | 'failed'

const WORDS: Record<Progress, string> = {
  idle: 'Save as a page',
  preparing: 'Preparing the page',
  failed: 'Not saved. Try again',
}

interface SavePageProps {
  recording: Recording
  /** A remark about the file, such as that it ends early. */
  note: string
}

/** Saves the recording as one page. A long one takes a few seconds, during which the page stays responsive. */
export function SavePage({ recording, note }: SavePageProps) {
  const [progress, setProgress] = useState<Progress>('idle')
  const preparing = progress === 'preparing'
  const press = () => {
    if (preparing) return
    setProgress('preparing')
    save(recording, note).then(
      () => setProgress('idle'),
      (error: unknown) => {
        setProgress('failed')
        reportError(error)
      },
    )
  }
  return (
    <>
      <Button
        size="sm"
        className={FOLDING_ON_PHONE}
        aria-label="Save as a page"
        aria-disabled={preparing}
        title="One file that shows who got what and every event, offline, in any browser"
        onClick={press}
      >
        <Icon name={preparing ? 'clock' : 'download'} />
        <FoldingWord onPhone>{WORDS[progress]}</FoldingWord>
      </Button>
      <span className="vh" role="status">
        {progress !== 'idle' && WORDS[progress]}
      </span>
    </>
  )
}

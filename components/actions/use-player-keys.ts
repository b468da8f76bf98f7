import { useEffect } from 'react'
import type { Replay } from '#lib/recording/replay.ts'
import { isTyping } from '../ui/is-typing.ts'
import { onKey } from '../ui/on-key.ts'

export function togglePlaying(replay: Replay): void {
  if (replay.playing) replay.pause()
  else replay.play()
}

/** A button is pressed by the space bar, and a log scrolls by it. */
const USES_SPACE = 'button, [role="log"]'
const hasOwnKeys = (target: EventTarget | null): boolean =>
  isTyping(target) || (target instanceof HTMLElement && target.matches(USES_SPACE))

const ON_KEY = {
  ' ': togglePlaying,
  ',': (replay: Replay) => replay.seek(replay.position - 1),
  '.': (replay: Replay) => replay.seek(replay.position + 1),
}
export type PlayerKey = keyof typeof ON_KEY

/** The player's keys act wherever the focus is, unless it is on what has a use for them. */
export function usePlayerKeys(replay: Replay): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      const act = hasOwnKeys(event.target) ? undefined : onKey(ON_KEY, event.key)
      if (!act) return
      act(replay)
      event.preventDefault()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [replay])
}

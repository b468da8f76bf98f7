import { useState } from 'react'

const keyOf = (run: string): string => `switchboard.answer.${run}`

function stored(run: string): number | null {
  try {
    const text = sessionStorage.getItem(keyOf(run))
    return text === null || !/^\d$/.test(text) ? null : Number(text)
  } catch {
    return null
  }
}

/** What this person expects of a run of the lesson: the place of a choice; kept over a reload of the tab. */
export function useAnswer(run: string): [number | null, (choice: number) => void] {
  const [answer, setAnswer] = useState(() => stored(run))
  return [
    answer,
    (choice) => {
      setAnswer(choice)
      try {
        sessionStorage.setItem(keyOf(run), String(choice))
      } catch {
        // Without storage it lasts as long as the page.
      }
    },
  ]
}

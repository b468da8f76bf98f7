/** One draft for each field of each address: they belong to the tab and outlive a reload. */
const keyOf = (place: string) => `switchboard.draft ${location.pathname} ${place}`

export function readDraft(place: string): string {
  try {
    return sessionStorage.getItem(keyOf(place)) ?? ''
  } catch {
    // Storage may be forbidden: a draft then lasts as long as its field.
    return ''
  }
}

export function saveDraft(place: string, text: string): void {
  try {
    if (text === '') sessionStorage.removeItem(keyOf(place))
    else sessionStorage.setItem(keyOf(place), text)
  } catch {
    // Full or forbidden: the field itself still has it.
    return
  }
}

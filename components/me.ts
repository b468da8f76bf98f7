/** Who sits at this browser: one person, however many tabs are open. */
export interface Me {
  id: string
  name: string
  colour: number
}

/** Where `saveMe` keeps it and `remembered-me.ts` finds it. */
export const ME_KEY = 'switchboard.me'
/** The palette's size; `colour` indexes it. */
export const COLOURS = 8

export function saveMe(me: Omit<Me, 'id'>): void {
  try {
    localStorage.setItem(ME_KEY, JSON.stringify({ name: me.name, colour: me.colour }))
  } catch {
    // Without storage the name lasts as long as the page.
    return
  }
}

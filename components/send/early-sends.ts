declare global {
  interface Window {
    /** Left by `public/early-typing.js`, which runs before the fields appear. */
    switchboardEarly?: { take(field: HTMLElement): string[] }
  }
}

/** React answers for this field from now on. Returns the texts that were sent from it before, oldest first. */
export const takeEarlySends = (field: HTMLElement): string[] => window.switchboardEarly?.take(field) ?? []
